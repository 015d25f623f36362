#include "model/network_pool.h"

#include <fmt/format.h>

#include <utility>

#include "model/tensor_memory.h"

namespace hilum::model {

NetworkPool::NetworkPool(std::vector<LaCaf> networks)
    : networks_(std::move(networks)), gate_(static_cast<int>(networks_.size())) {
  for (LaCaf& network : networks_) free_.push_back(&network);
}

NetworkPool::Loan::Loan(NetworkPool& pool, StageGate::Pass pass)
    : pool_(&pool), pass_(std::move(pass)), network_(nullptr) {
  const std::lock_guard lock(pool.mutex_);
  network_ = pool.free_.back();  // the pass says that there is one
  pool.free_.pop_back();
}

NetworkPool::Loan::Loan(Loan&& other) noexcept
    : pool_(other.pool_),
      pass_(std::move(other.pass_)),
      network_(std::exchange(other.network_, nullptr)) {}

NetworkPool::Loan::~Loan() {
  if (network_ == nullptr) return;
  const std::lock_guard lock(pool_->mutex_);
  pool_->free_.push_back(network_);
  if (pool_->free_.size() == pool_->networks_.size()) return_tensor_memory();
}

std::optional<NetworkPool::Loan> NetworkPool::take(const std::stop_token& stop) {
  auto pass = gate_.enter(stop);
  if (!pass) return std::nullopt;
  return std::optional<Loan>(std::in_place, *this, std::move(*pass));
}

std::string NetworkPool::describe() const {
  if (networks_.size() == 1) return networks_.front().device();
  return fmt::format("{} and {} more", networks_.front().device(), networks_.size() - 1);
}

}  // namespace hilum::model
