#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

namespace hilum::scp {

/// Counts the associations that are served: in total, and of each caller, so that no caller can
/// keep all others out. A connection takes no place before its request was read: only then it is
/// known whose it is. Thread-safe.
class Places {
 public:
  explicit Places(int total) : total_(total) {}
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  /// Somebody's place, given back when it goes.
  class Place {
   public:
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), caller_(std::move(other.caller_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (places_ != nullptr) places_->give_back(caller_);
    }

   private:
    friend class Places;
    Place(Places& places, std::string caller) : places_(&places), caller_(std::move(caller)) {}
    Places* places_;
    std::string caller_;
  };
  /// The limit in total is reached, and who has most of the places.
  struct AllTaken {
    int total;
    std::string busiest;
    int of_busiest;
  };
  struct CallerHasItsOwn {
    int limit;
  };

  /// `limit` 0: only the limit in total.
  std::variant<Place, AllTaken, CallerHasItsOwn> take(const std::string& caller, int limit);
  [[nodiscard]] int taken() const;

 private:
  void give_back(const std::string& caller);

  const int total_;
  mutable std::mutex mutex_;
  int taken_ = 0;                         // guarded by mutex_
  std::map<std::string, int> by_caller_;  // guarded by mutex_; none is 0
};

}  // namespace hilum::scp
