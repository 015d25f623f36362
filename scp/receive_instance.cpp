#include "scp/receive_instance.h"

#include <utility>

namespace hilum::scp {
namespace {

Result<IncomingInstance> announced(const Reception& from, T_ASC_PresentationContextID id,
                                   const StoreCommand& command, const Sender& sender) {
  T_ASC_PresentationContext context{};
  if (ASC_findAcceptedPresentationContext(from.association->params, id, &context).bad()) {
    return Error{ErrorCode::kInvalidInput, "the command's presentation context was not accepted"};
  }
  auto sop_class = SopClassUid::parse(command.sop_class);
  if (!sop_class) return std::move(sop_class).error();
  auto sop = SopInstanceUid::parse(command.sop);
  if (!sop) return std::move(sop).error();
  auto transfer_syntax = TransferSyntaxUid::parse(context.acceptedTransferSyntax);
  if (!transfer_syntax) return std::move(transfer_syntax).error();
  if (sender.wanted) {
    if (auto wanted = sender.wanted(*sop); !wanted) return std::move(wanted).error();
  }
  return IncomingInstance{std::move(*sop_class), std::move(*sop), std::move(*transfer_syntax),
                          sender.calling_ae,     sender.series,   sender.node};
}

}  // namespace

Result<Result<Spool::Stored>> receive_instance(const Reception& from,
                                               T_ASC_PresentationContextID context,
                                               const StoreCommand& command, const Sender& sender) {
  std::optional<PartFile> part;
  std::optional<Error> failure;
  if (auto instance = announced(from, context, command, sender); !instance) {
    failure = std::move(instance).error();
  } else if (auto begun = from.spool.begin(std::move(*instance)); !begun) {
    failure = std::move(begun).error();
  } else {
    part.emplace(std::move(*begun));
  }
  // After a failure the rest of the data set is read and dropped: only then can it be answered,
  // and the sender can go on with the next instance.
  auto received = receive_data_set(from.socket, from.fragments, context,
                                   [&](std::span<const std::byte> bytes) -> Status {
                                     if (failure) return ok();
                                     if (auto written = part->append(bytes); !written) {
                                       failure = std::move(written).error();
                                       part.reset();
                                     }
                                     return ok();
                                   });
  if (!received) return std::move(received).error();
  if (failure) return Result<Spool::Stored>(std::move(*failure));
  return from.spool.commit(std::move(*part));
}

}  // namespace hilum::scp
