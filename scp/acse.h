#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"
#include "scp/association_policy.h"
#include "scp/presentation_contexts.h"
#include "scp/refused_contexts.h"
#include "scp/transport.h"

/// Association establishment and release over DCMTK (PS3.8 7.1 to 7.3). Only for `.cpp` files.
namespace hilum::scp {

/// Writes who we are into what an association offers or accepts (PS3.7 D.3.3.2).
void announce_implementation(T_ASC_Parameters& params);

/// Owns a DCMTK network and association object; closes the transport when it goes. One thread.
class Association {
 public:
  Association() = default;
  ~Association();
  Association(Association&& other) noexcept;
  Association& operator=(Association&&) = delete;

  /// Waits for the A-ASSOCIATE-RQ of the peer at `socket`, at most until the socket's deadline.
  static Result<Association> receive(std::shared_ptr<Socket> socket, std::uint32_t max_pdu,
                                     std::chrono::seconds timeout);

  [[nodiscard]] T_ASC_Association* get() const { return association_; }
  [[nodiscard]] AssociationRequest request(const Socket& socket) const;
  /// By the classes that the peer proposes.
  [[nodiscard]] Purpose purpose() const;
  void reject(const RejectReason& reason);
  /// Whether reports on Storage Commitment are taken from this caller.
  enum class Reports { kRefused, kTaken };
  /// Answers every proposed context and sends the A-ASSOCIATE-AC. Returns the answers.
  Result<std::vector<AnsweredContext>> accept(const SyntaxFilter& of_use,
                                              Reports reports = Reports::kRefused);
  /// Answers the peer's A-RELEASE-RQ and gives it a moment to close.
  void confirm_release();
  void abort();

 private:
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
};

}  // namespace hilum::scp
