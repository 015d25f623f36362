#include "tests/unit/phantom/components.h"

#include <algorithm>
#include <functional>

namespace hilum::test {

std::vector<int> components(const std::vector<std::uint8_t>& labels, const std::array<int, 3>& size,
                            std::uint8_t label) {
  std::vector<bool> todo(labels.size());
  for (std::size_t i = 0; i < todo.size(); ++i) todo[i] = labels[i] == label;
  std::vector<int> sizes;
  std::vector<int> open;
  for (std::size_t first = 0; first < todo.size(); ++first) {
    if (!todo[first]) continue;
    int count = 0;
    todo[first] = false;
    open.push_back(static_cast<int>(first));
    while (!open.empty()) {
      const int i = open.back();
      open.pop_back();
      ++count;
      const int x = i % size[2], y = i / size[2] % size[1], z = i / size[2] / size[1];
      for (int w = std::max(0, z - 1); w <= std::min(size[0] - 1, z + 1); ++w) {
        for (int v = std::max(0, y - 1); v <= std::min(size[1] - 1, y + 1); ++v) {
          for (int u = std::max(0, x - 1); u <= std::min(size[2] - 1, x + 1); ++u) {
            const int j = (w * size[1] + v) * size[2] + u;
            if (!todo[static_cast<std::size_t>(j)]) continue;
            todo[static_cast<std::size_t>(j)] = false;
            open.push_back(j);
          }
        }
      }
    }
    sizes.push_back(count);
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  return sizes;
}

}  // namespace hilum::test
