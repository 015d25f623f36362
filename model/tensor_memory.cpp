#include "model/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

namespace hilum::model {
namespace {

/// Smaller blocks are what the C library is good at.
constexpr std::size_t kSmallestKept = std::size_t{1} << 20;
/// Huge pages have this size; fewer, larger pages are zeroed and mapped faster.
constexpr std::size_t kGranularity = std::size_t{2} << 20;
/// Beyond this, freed blocks go back to the kernel at once.
constexpr std::size_t kMostKept = std::size_t{2} << 30;

/// Large blocks in use and free. Thread-safe; lives as long as the process, because tensors may
/// outlive everything else.
class BlockStore {
 public:
  void* take(std::size_t wanted) {
    const std::size_t size = (wanted + kGranularity - 1) / kGranularity * kGranularity;
    const std::lock_guard lock(mutex_);
    // A block up to an eighth too large serves as well.
    const auto found = free_.lower_bound(size);
    if (found != free_.end() && found->first <= size + size / 8) {
      void* address = found->second;
      kept_ -= found->first;
      used_.emplace(address, found->first);
      free_.erase(found);
      return address;
    }
    void* address = map(size);
    if (address == MAP_FAILED) {
      release_free();
      address = map(size);
    }
    if (address == MAP_FAILED) throw std::bad_alloc();
    madvise(address, size, MADV_HUGEPAGE);
    used_.emplace(address, size);
    return address;
  }

  /// False when the block is not from here.
  bool give_back(void* address) {
    const std::lock_guard lock(mutex_);
    const auto found = used_.find(address);
    if (found == used_.end()) return false;
    const std::size_t size = found->second;
    used_.erase(found);
    if (kept_ + size <= kMostKept) {
      free_.emplace(size, address);
      kept_ += size;
    } else {
      munmap(address, size);
    }
    return true;
  }

  void release_all() {
    const std::lock_guard lock(mutex_);
    release_free();
  }

 private:
  static void* map(std::size_t size) {
    return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  void release_free() {
    for (const auto& [size, address] : free_) munmap(address, size);
    free_.clear();
    kept_ = 0;
  }

  std::mutex mutex_;
  // All guarded by mutex_.
  std::unordered_map<void*, std::size_t> used_;
  std::multimap<std::size_t, void*> free_;
  std::size_t kept_ = 0;  ///< bytes in free_
};

BlockStore& store() {
  static auto* const blocks = new BlockStore;  // NOLINT: never destroyed, see BlockStore
  return *blocks;
}

/// The C library's blocks, as LibTorch allocates them by itself.
c10::Allocator*& small_blocks() {
  static c10::Allocator* allocator = c10::GetCPUAllocator();
  return allocator;
}

void release(void* address) {
  if (!store().give_back(address)) small_blocks()->raw_deallocate(address);
}

/// LibTorch's CPU allocator, with large blocks from the store. Newer versions of the interface have
/// a non-const `allocate` and `copy_data`; without `override` these members serve all of them.
class KeepingAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) const {  // NOLINT: see above
    void* address = size < kSmallestKept ? small_blocks()->raw_allocate(size) : store().take(size);
    return {address, address, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DataPtr allocate(std::size_t size) {  // NOLINT: see above
    return static_cast<const KeepingAllocator*>(this)->allocate(size);
  }
  void copy_data(void* to, const void* from, std::size_t size) const {  // NOLINT: see above
    std::memcpy(to, from, size);
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
};

}  // namespace

void keep_tensor_memory() {
  static const bool installed = [] {
    static KeepingAllocator allocator;
    static_cast<void>(small_blocks());  // before it is replaced
    c10::SetCPUAllocator(&allocator);
    return true;
  }();
  static_cast<void>(installed);
}

void return_tensor_memory() { store().release_all(); }

}  // namespace hilum::model
