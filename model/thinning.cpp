#include "model/thinning.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/topology.h"

namespace hilum::model {
namespace {

constexpr std::uint8_t kObject = 1;
constexpr std::uint8_t kCandidate = 2;
constexpr std::uint8_t kListed = 4;      // is in the list of the border
constexpr std::uint8_t kLooked = 8;      // the next bit is known for the neighbourhood as it is
constexpr std::uint8_t kRemovable = 16;  // simple, and not the end of a line

/// The mask with a frame of background, so that every voxel has 26 neighbours in memory.
class Peeler {
 public:
  explicit Peeler(const Mask& mask) : grid_(mask.grid) {
    for (int& edge : grid_.size) edge += 2;
    state_.assign(grid_.voxel_count(), 0);
    for (int z = 0; z < mask.grid.size[0]; ++z) {
      for (int y = 0; y < mask.grid.size[1]; ++y) {
        const std::uint8_t* from = mask.voxel.data() + mask.grid.index(z, y, 0);
        for (int x = 0; x < mask.grid.size[2]; ++x) {
          if (from[x] != 0) state_[grid_.index(z + 1, y + 1, x + 1)] = kObject;
        }
      }
    }
    for (int i = 0; i < kNeighbours; ++i) {
      const auto d = neighbour_offset(i);
      offset_[static_cast<std::size_t>(i)] = step(d[0], d[1], d[2]);
    }
    // Opposite directions follow each other, so that the line ends in the middle.
    directions_ = {step(1, 0, 0),  step(-1, 0, 0), step(0, 1, 0),
                   step(0, -1, 0), step(0, 0, 1),  step(0, 0, -1)};
    for (std::size_t at = 0; at < state_.size(); ++at) {
      if (state_[at] == 0) continue;
      const bool bare = std::ranges::any_of(
          directions_, [&](std::ptrdiff_t direction) { return neighbour(at, direction) == 0; });
      if (bare) list(at);
    }
  }

  void run() {
    bool changed = true;
    while (changed) {
      changed = false;
      for (const std::ptrdiff_t direction : directions_) changed |= peel(direction);
    }
  }

  [[nodiscard]] Mask result(const Grid& grid) const {
    Mask line{.grid = grid, .voxel = std::vector<std::uint8_t>(grid.voxel_count(), 0)};
    for (int z = 0; z < grid.size[0]; ++z) {
      for (int y = 0; y < grid.size[1]; ++y) {
        const std::uint8_t* from = state_.data() + grid_.index(z + 1, y + 1, 1);
        std::uint8_t* to = line.voxel.data() + grid.index(z, y, 0);
        std::transform(from, from + grid.size[2], to,
                       [](std::uint8_t state) { return std::uint8_t{state != 0}; });
      }
    }
    return line;
  }

 private:
  [[nodiscard]] std::ptrdiff_t step(int dz, int dy, int dx) const {
    return (static_cast<std::ptrdiff_t>(dz) * grid_.size[1] + dy) * grid_.size[2] + dx;
  }

  /// The neighbours of a voxel that have a bit of `state`.
  [[nodiscard]] Neighbours around(std::size_t at, std::uint8_t state) const {
    Neighbours set = 0;
    const std::uint8_t* centre = state_.data() + at;
    for (std::size_t i = 0; i < offset_.size(); ++i) {
      const bool there = (centre[offset_[i]] & state) != 0;
      set |= static_cast<Neighbours>(there) << i;
    }
    return set;
  }

  [[nodiscard]] std::uint8_t neighbour(std::size_t at, std::ptrdiff_t direction) const {
    return state_[at + static_cast<std::size_t>(direction)];
  }

  void list(std::size_t at) {
    state_[at] |= kListed;
    border_.push_back(at);
  }

  bool is_removable(std::size_t at) {
    if ((state_[at] & kLooked) == 0) {
      const Neighbours object = around(at, kObject);
      const bool removable = std::popcount(object) != 1 && is_simple(object);
      state_[at] = static_cast<std::uint8_t>((state_[at] & ~kRemovable) | kLooked |
                                             (removable ? kRemovable : 0));
    }
    return (state_[at] & kRemovable) != 0;
  }

  /// Removes voxels, so that those behind them come to the surface.
  void remove(const std::vector<std::size_t>& voxels) {
    for (const std::size_t at : voxels) state_[at] = 0;
    std::erase_if(border_, [this](std::size_t at) { return state_[at] == 0; });
    for (const std::size_t at : voxels) {
      for (const std::ptrdiff_t offset : offset_) {
        std::uint8_t& state = state_[at + static_cast<std::size_t>(offset)];
        state = static_cast<std::uint8_t>(state & ~kLooked);
      }
      for (const std::ptrdiff_t direction : directions_) {
        const bool fresh = (neighbour(at, direction) & (kObject | kListed)) == kObject;
        if (fresh) list(at + static_cast<std::size_t>(direction));
      }
    }
  }

  bool peel(std::ptrdiff_t direction) {
    candidates_.clear();
    for (const std::size_t at : border_) {
      if (neighbour(at, direction) == 0 && is_removable(at)) candidates_.push_back(at);
    }
    for (const std::size_t at : candidates_) state_[at] |= kCandidate;
    removed_.clear();
    for (const std::size_t at : candidates_) {
      if (is_simple_among(around(at, kObject), around(at, kCandidate))) removed_.push_back(at);
    }
    for (const std::size_t at : candidates_) state_[at] ^= kCandidate;
    if (!removed_.empty()) remove(removed_);
    return !removed_.empty();
  }

  Grid grid_;
  std::vector<std::uint8_t> state_;
  std::array<std::ptrdiff_t, kNeighbours> offset_{};
  std::array<std::ptrdiff_t, 6> directions_{};
  std::vector<std::size_t> border_;  ///< object voxels with a face to the background
  std::vector<std::size_t> candidates_;
  std::vector<std::size_t> removed_;
};

}  // namespace

Mask centreline(const Mask& mask) {
  Peeler peeler(mask);
  peeler.run();
  return peeler.result(mask.grid);
}

}  // namespace hilum::model
