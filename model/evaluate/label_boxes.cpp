#include "model/evaluate/label_boxes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>

#include "model/parallel.h"

namespace hilum::model::evaluate {
namespace {

constexpr Box kNothing{{std::numeric_limits<int>::max(), std::numeric_limits<int>::max(),
                        std::numeric_limits<int>::max()},
                       {0, 0, 0}};

void include(Box& box, int z, int y, int x) {
  const std::array<int, 3> at{z, y, x};
  for (std::size_t i = 0; i < 3; ++i) {
    box.lo[i] = std::min(box.lo[i], at[i]);
    box.hi[i] = std::max(box.hi[i], at[i] + 1);
  }
}

bool eight_zeros(const std::uint8_t* a, const std::uint8_t* b) {
  std::uint64_t u = 0;
  std::uint64_t v = 0;
  std::memcpy(&u, a, 8);
  std::memcpy(&v, b, 8);
  return (u | v) == 0;
}

LabelPass empty_pass(int classes) {
  const auto labels = static_cast<std::size_t>(classes) + 1;
  return {.table = LabelTable(classes),
          .reference_box = std::vector<Box>(labels, kNothing),
          .prediction_box = std::vector<Box>(labels, kNothing)};
}

void count_slice(const LabelMap& reference, const LabelMap& prediction, int z, LabelPass& pass) {
  const auto& size = reference.geometry.size;
  for (int y = 0; y < size[1]; ++y) {
    const std::uint8_t* r = reference.label.data() + reference.geometry.index(z, y, 0);
    const std::uint8_t* p = prediction.label.data() + reference.geometry.index(z, y, 0);
    for (int x = 0; x < size[2]; ++x) {
      // Nearly all of a chest is background in both.
      if (size[2] - x >= 8 && eight_zeros(r + x, p + x)) {
        pass.table.add(0, 0, 8);
        x += 7;
        continue;
      }
      pass.table.add(r[x], p[x], 1);
      if (r[x] != 0) include(pass.reference_box[r[x]], z, y, x);
      if (p[x] != 0) include(pass.prediction_box[p[x]], z, y, x);
    }
  }
}

}  // namespace

Box Box::joined(const Box& other) const {
  if (empty()) return other;
  if (other.empty()) return *this;
  Box box;
  for (std::size_t i = 0; i < 3; ++i) {
    box.lo[i] = std::min(lo[i], other.lo[i]);
    box.hi[i] = std::max(hi[i], other.hi[i]);
  }
  return box;
}

void LabelTable::add(const LabelTable& other) {
  for (std::size_t i = 0; i < count_.size(); ++i) count_[i] += other.count_[i];
}

Grid grid_of(const Geometry& geometry) {
  Grid grid;
  grid.size = geometry.size;
  for (std::size_t i = 0; i < 3; ++i) {
    const Vec3 step = geometry.step_mm(2 - static_cast<int>(i));
    grid.step_mm[i] = std::hypot(step[0], step[1], step[2]);
  }
  return grid;
}

LabelPass count_labels(const LabelMap& reference, const LabelMap& prediction, int classes,
                       int threads) {
  LabelPass total = empty_pass(classes);
  std::mutex lock;
  parallel_for(reference.geometry.size[0], threads, [&](int z) {
    LabelPass pass = empty_pass(classes);
    count_slice(reference, prediction, z, pass);
    const std::lock_guard hold(lock);
    total.table.add(pass.table);
    for (std::size_t i = 0; i < pass.reference_box.size(); ++i) {
      total.reference_box[i] = total.reference_box[i].joined(pass.reference_box[i]);
      total.prediction_box[i] = total.prediction_box[i].joined(pass.prediction_box[i]);
    }
  });
  return total;
}

Mask cut_mask(const LabelMap& labels, int label, const Box& box, int margin) {
  Mask mask{.grid = grid_of(labels.geometry), .voxel = {}};
  for (std::size_t i = 0; i < 3; ++i) mask.grid.size[i] = box.hi[i] - box.lo[i] + 2 * margin;
  mask.voxel.assign(mask.grid.voxel_count(), 0);
  const auto wanted = static_cast<std::uint8_t>(label);
  for (int z = box.lo[0]; z < box.hi[0]; ++z) {
    for (int y = box.lo[1]; y < box.hi[1]; ++y) {
      const std::uint8_t* from = labels.label.data() + labels.geometry.index(z, y, box.lo[2]);
      std::uint8_t* to = mask.voxel.data() +
                         mask.grid.index(z - box.lo[0] + margin, y - box.lo[1] + margin, margin);
      std::transform(from, from + (box.hi[2] - box.lo[2]), to,
                     [wanted](std::uint8_t l) { return std::uint8_t{l == wanted}; });
    }
  }
  return mask;
}

}  // namespace hilum::model::evaluate
