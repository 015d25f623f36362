#include "model/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace hilum::model {

int thread_count(int setting) {
  if (setting > 0) return setting;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(int count, int threads, const std::function<void(int)>& body) {
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int i = next++; i < count; i = next++) body(i);
  };
  std::vector<std::jthread> helpers;
  const int wanted = std::min(thread_count(threads), count);
  helpers.reserve(static_cast<std::size_t>(std::max(0, wanted)));
  for (int i = 1; i < wanted; ++i) helpers.emplace_back(work);
  work();
}

}  // namespace hilum::model
