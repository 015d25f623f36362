#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace hilum::model {

inline constexpr std::size_t kCacheLine = 64;  ///< bytes

/// Uninitialised numbers that begin at a line of the cache: a vector that lies across two lines is
/// read twice.
template <class T>
class Aligned {
 public:
  explicit Aligned(std::size_t count)
      : numbers_(static_cast<T*>(::operator new(count * sizeof(T), kAlignment))) {}
  [[nodiscard]] T* data() const { return numbers_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{kCacheLine};
  struct Delete {
    void operator()(T* numbers) const { ::operator delete(numbers, kAlignment); }
  };
  std::unique_ptr<T, Delete> numbers_;
};

}  // namespace hilum::model
