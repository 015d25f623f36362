#include "scp/transport.h"

#include <dcmtk/dcmnet/cond.h>
#include <fmt/format.h>

#include <string>
#include <utility>

namespace hilum::scp {
namespace {

/// All that a peer answers on an association of ours: an A-ASSOCIATE-AC and a few responses.
constexpr std::uint64_t kMaxAnswerBytes = 1 << 20;

Status call_securely(Socket& socket, const RequestedTls& tls) {
  auto started = socket.start_tls(tls.context, TlsRole::kRequestor, tls.server_name);
  if (!started || tls.certificate_name.empty()) return started;
  const auto certificate = socket.tls()->peer_certificate();
  if (certificate && bears_name(*certificate, tls.certificate_name)) return ok();
  return Error{
      ErrorCode::kUnavailable,
      fmt::format("the peer's certificate was made out to {}, not to \"{}\": correct "
                  "certificate_name in its [[peer]] section, or is another computer "
                  "answering?",
                  certificate ? names_text(*certificate) : "nobody", tls.certificate_name)};
}

/// DCMTK's view of a Socket. Deleted by DCMTK together with its association.
class Connection : public DcmTransportConnection {
 public:
  /// The base class gets no descriptor: it would set timeouts of its own on it.
  explicit Connection(std::shared_ptr<Socket> socket, std::optional<RequestedTls> tls = {})
      : DcmTransportConnection(-1), socket_(std::move(socket)), tls_(std::move(tls)) {}
  ~Connection() override { socket_->close(); }

  OFCondition serverSideHandshake() override { return EC_Normal; }
  OFCondition clientSideHandshake() override {
    const Status secure = tls_ ? call_securely(*socket_, *tls_) : ok();
    if (secure) return EC_Normal;
    return makeDcmnetCondition(DULC_TLSERROR, OF_error, secure.error().message.c_str());
  }
  OFCondition renegotiate(const char*) override { return EC_Normal; }
  ssize_t read(void* to, size_t size) override { return socket_->read(to, size); }
  ssize_t write(void* from, size_t size) override { return socket_->write(from, size); }
  void close() override { socket_->close(); }
  void closeTransportConnection() override { socket_->close(); }
  unsigned long getPeerCertificateLength() override { return 0; }
  unsigned long getPeerCertificate(void*, unsigned long) override { return 0; }
  OFBool networkDataAvailable(int timeout_s) override {
    return socket_->wait_readable(std::chrono::seconds(timeout_s)) ? OFTrue : OFFalse;
  }
  /// Only asked by DCMTK's select over several connections, which would otherwise look at the
  /// descriptor and miss what lies in our buffer.
  OFBool isTransparentConnection() override { return OFFalse; }
  OFString& dumpConnectionParameters(OFString& text) override {
    return text = socket_->tls() != nullptr ? socket_->tls()->description().c_str()
                                            : "TCP/IP, unencrypted";
  }

 private:
  std::shared_ptr<Socket> socket_;
  std::optional<RequestedTls> tls_;
};

}  // namespace

AcceptedTransportLayer::AcceptedTransportLayer(std::shared_ptr<Socket> socket)
    : connection_(std::make_unique<Connection>(std::move(socket))) {}

AcceptedTransportLayer::~AcceptedTransportLayer() = default;

DcmTransportConnection* AcceptedTransportLayer::createConnection(DcmNativeSocketType, OFBool) {
  return connection_.release();
}

DcmTransportConnection* RequestedTransportLayer::createConnection(DcmNativeSocketType connected,
                                                                  OFBool) {
  socket_ = std::make_shared<Socket>(UniqueFd(connected), options_);
  socket_->set_deadline(options_.idle_timeout);
  socket_->set_allowance(kMaxAnswerBytes);
  return std::make_unique<Connection>(socket_, tls_).release();
}

}  // namespace hilum::scp
