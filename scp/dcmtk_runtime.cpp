#include "scp/dcmtk_runtime.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <mutex>

#include "dicomseg/dcmtk_error.h"
#include "pipeline/domain/posix_file.h"

namespace hilum::scp {
namespace {

Error loopback_error() {
  return errno_error(errno, "prepare DCMTK: open a loopback connection on", "127.0.0.1");
}

/// A connected pair of loopback sockets. TCP, because DCMTK sets TCP options on its end.
struct IdlePair {
  UniqueFd ours;
  UniqueFd dcmtks;
};

Result<IdlePair> connect_idle_pair() {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  UniqueFd ours(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.valid() || !ours.valid()) return loopback_error();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), raw, length) != 0 || ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), raw, &length) != 0 || ::connect(ours.get(), raw, length) != 0) {
    return loopback_error();
  }
  UniqueFd dcmtks(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!dcmtks.valid()) return loopback_error();
  return IdlePair{std::move(ours), std::move(dcmtks)};
}

/// DCMTK initialises its state machine with the first network object, without a lock.
Status initialise_state_machine() {
  T_ASC_Network* network = nullptr;
  const OFCondition made = ASC_initializeNetwork(NET_REQUESTOR, 0, 1, &network);
  if (made.bad()) return to_error(made, ErrorCode::kInternal, "prepare DCMTK");
  ASC_dropNetwork(&network);
  return ok();
}

Status init() {
  silence_dcmtk_log();
  if (!dcmDataDict.isDictionaryLoaded()) {
    return Error{ErrorCode::kInternal,
                 "prepare DCMTK: its data dictionary is missing; install the package of libdcmtk "
                 "or let DCMDICTPATH name the file dicom.dic"};
  }
  // A slow name server must not slow down reception.
  dcmDisableGethostbyaddr.set(OFTrue);
  // Deadlines of established connections are those of Socket.
  dcmSocketSendTimeout.set(-1);
  dcmSocketReceiveTimeout.set(-1);

  auto pair = connect_idle_pair();
  if (!pair) return std::move(pair).error();
  dcmExternalSocketHandle.set(pair->dcmtks.get());
  // Open for the life of the process: DCMTK may use its end in any thread until the very last.
  (void)pair->dcmtks.release();
  (void)pair->ours.release();
  return initialise_state_machine();
}

}  // namespace

void silence_dcmtk_log() {
  static std::once_flag once;
  std::call_once(once, [] { OFLog::configure(OFLogger::OFF_LOG_LEVEL); });
}

Status init_dcmtk_runtime() {
  static const Status result = init();
  return result;
}

}  // namespace hilum::scp
