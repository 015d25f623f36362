#pragma once

#include <functional>
#include <optional>
#include <string>

#include "scp/dimse_messages.h"
#include "scp/spool.h"

namespace hilum::scp {

/// Where the data set of a C-STORE comes from and where it goes.
struct Reception {
  T_ASC_Association* association;
  Socket& socket;
  DataFragments& fragments;
  Spool& spool;
};

/// What is known about an instance besides its command.
struct Sender {
  std::string calling_ae;  ///< printable
  VirtualNode node{};      ///< which of ours the instance is for
  /// The instance must be of this series: it was asked for.
  std::optional<SeriesKey> series = std::nullopt;
  /// Whether an instance is wanted, by its command; empty: every one is.
  std::function<Status(const SopInstanceUid&)> wanted = nullptr;
};

/// Receives the data set that follows a C-STORE command and makes it an instance of the spool: the
/// one way by which objects come in, whoever opened the association. The outer error ends the
/// association, the inner one (those of `Spool`, or of `wanted`) is to be answered: then the data
/// set has been read and dropped. Only for `.cpp` files.
Result<Result<Spool::Stored>> receive_instance(const Reception& from,
                                               T_ASC_PresentationContextID context,
                                               const StoreCommand& command, const Sender& sender);

}  // namespace hilum::scp
