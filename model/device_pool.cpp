#include "model/device_pool.h"

#include <utility>

#include "model/tensor_memory.h"

namespace hilum::model {

DevicePool::DevicePool(int devices) : devices_(static_cast<std::size_t>(devices)), gate_(devices) {
  for (std::size_t i = 0; i < devices_; ++i) free_.push_back(i);
}

DevicePool::Loan::Loan(DevicePool& pool, StageGate::Pass pass)
    : pool_(&pool), pass_(std::move(pass)) {
  const std::lock_guard lock(pool.mutex_);
  device_ = pool.free_.back();  // the pass says that there is one
  pool.free_.pop_back();
}

DevicePool::Loan::Loan(Loan&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      pass_(std::move(other.pass_)),
      device_(other.device_) {}

DevicePool::Loan::~Loan() {
  if (pool_ == nullptr) return;
  const std::lock_guard lock(pool_->mutex_);
  pool_->free_.push_back(device_);
  if (pool_->free_.size() == pool_->devices_) return_tensor_memory();
}

std::optional<DevicePool::Loan> DevicePool::take(const std::stop_token& stop) {
  auto pass = gate_.enter(stop);
  if (!pass) return std::nullopt;
  return std::optional<Loan>(std::in_place, *this, std::move(*pass));
}

}  // namespace hilum::model
