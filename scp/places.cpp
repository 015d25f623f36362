#include "scp/places.h"

#include <algorithm>

namespace hilum::scp {

std::variant<Places::Place, Places::AllTaken, Places::CallerHasItsOwn> Places::take(
    const std::string& caller, int limit) {
  const std::scoped_lock lock(mutex_);
  const auto theirs = by_caller_.find(caller);
  if (limit > 0 && theirs != by_caller_.end() && theirs->second >= limit) {
    return CallerHasItsOwn{limit};
  }
  if (taken_ >= total_) {
    const auto most =
        std::ranges::max_element(by_caller_, {}, [](const auto& entry) { return entry.second; });
    return AllTaken{total_, most->first, most->second};
  }
  ++by_caller_[caller];
  ++taken_;
  return Place(*this, caller);
}

int Places::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

void Places::give_back(const std::string& caller) {
  const std::scoped_lock lock(mutex_);
  --taken_;
  const auto theirs = by_caller_.find(caller);
  if (--theirs->second == 0) by_caller_.erase(theirs);
}

}  // namespace hilum::scp
