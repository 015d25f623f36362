#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "scp/data_fragments.h"
#include "scp/dimse_messages.h"
#include "scp/outgoing_association.h"

class DcmDataset;

namespace hilum::scp {

// Study Root Query/Retrieve Information Model (PS3.4 C.6.2).
inline constexpr const char* kFindModel = "1.2.840.10008.5.1.4.1.2.2.1";
inline constexpr const char* kMoveModel = "1.2.840.10008.5.1.4.1.2.2.2";
inline constexpr const char* kGetModel = "1.2.840.10008.5.1.4.1.2.2.3";

/// An association on which we ask a peer. We send by DCMTK; what the peer says is taken apart by
/// our own code, with a bound on everything (adr/0003). One thread. Only for `.cpp` files.
class QueryAssociation {
 public:
  /// A request that was sent, to know its responses by.
  struct Request {
    T_ASC_PresentationContextID context;
    DIC_US message_id;
    DIC_US response_field;
  };

  /// Connects and negotiates. From then on a request to stop ends the connection at once.
  static Result<QueryAssociation> open(const Peer& peer, const StoreScu::Options& options,
                                       const std::vector<OutgoingAssociation::Proposal>& proposals,
                                       std::stop_token stop);

  /// Whether the peer has accepted this abstract syntax, in any transfer syntax.
  [[nodiscard]] bool accepts(const std::string& abstract_syntax) const;

  /// kUnsupported when the peer has not accepted the request's SOP class.
  Result<Request> find(DcmDataset& identifier);
  Result<Request> get(DcmDataset& identifier);
  Result<Request> move(DcmDataset& identifier, const AeTitle& destination);

  /// The next command of the peer: a response to `to`, or a C-STORE where `to` is a C-GET. Anything
  /// else is an error that ends the association.
  Result<Incoming> receive(const Request& to);
  /// The identifier that follows a response; at most 64 KiB.
  Result<std::string> receive_identifier(const Incoming& response);
  /// Reads past what follows a response, if anything does.
  Status drop_data_set(const Incoming& incoming);
  /// Whether identifiers in this context have Explicit VR.
  [[nodiscard]] bool is_explicit(T_ASC_PresentationContextID context) const;

  [[nodiscard]] T_ASC_Association* get() const { return association_.get(); }
  [[nodiscard]] Socket& socket() const { return *association_.socket(); }
  [[nodiscard]] DataFragments& fragments() { return *fragments_; }
  void release();

 private:
  QueryAssociation(OutgoingAssociation association, std::stop_token stop);
  Result<Request> send(const char* model, T_DIMSE_Message& message, DcmDataset& identifier);
  Status receive_data(const Incoming& incoming, std::string* into);

  using StopCallback = std::stop_callback<std::function<void()>>;
  OutgoingAssociation association_;
  std::unique_ptr<DataFragments> fragments_;
  std::unique_ptr<StopCallback> on_stop_;
};

}  // namespace hilum::scp
