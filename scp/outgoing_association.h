#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/peer.h"
#include "scp/store_scu.h"
#include "scp/transport.h"

namespace hilum::scp {

/// "peer "pacs" (PACS at 10.0.0.5:104, calling as HILUM)", for messages.
std::string description_of(const Peer& peer, const AeTitle& ours);

/// An association that we opened; aborted when it goes without `release`. One thread. Only for
/// `.cpp` files.
class OutgoingAssociation {
 public:
  struct Proposal {
    std::string abstract_syntax;
    std::vector<std::string> transfer_syntaxes;
    /// Ours, by SCP/SCU role selection (PS3.7 D.3.3.4); kScp: the peer sends to us.
    enum class Role { kScu, kScp };
    Role role = Role::kScu;
  };

  /// Connects and negotiates; at most 128 proposals, each a presentation context.
  static Result<OutgoingAssociation> open(const Peer& peer, const StoreScu::Options& options,
                                          const std::vector<Proposal>& proposals);
  ~OutgoingAssociation();
  OutgoingAssociation(OutgoingAssociation&& other) noexcept;
  OutgoingAssociation& operator=(OutgoingAssociation&&) = delete;

  [[nodiscard]] T_ASC_Association* get() const { return association_; }
  /// An accepted context with this transfer syntax or, failing that, any accepted one; 0: none.
  [[nodiscard]] T_ASC_PresentationContextID context_for(const std::string& abstract_syntax,
                                                        const std::string& transfer_syntax) const;
  [[nodiscard]] DIC_US next_message_id() { return association_->nextMsgID++; }
  /// The connection, for reading what the peer says without DCMTK, and for ending it.
  [[nodiscard]] const std::shared_ptr<Socket>& socket() const { return layer_->socket(); }
  /// How the transport ended, for messages.
  [[nodiscard]] std::string_view transport_state() const;
  void release();

 private:
  OutgoingAssociation(Socket::Options options, std::optional<RequestedTls> tls);

  std::unique_ptr<RequestedTransportLayer> layer_;  // outlives the network
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
};

}  // namespace hilum::scp
