#include "model/examine/vessel_line.h"

#include <limits>
#include <queue>
#include <utility>

namespace hilum::model::examine {
namespace {

/// Walks the voxels of a centreline.
class Tracer {
 public:
  explicit Tracer(const VoxelSet& line) : line_(line), open_(line.size(), 1) {
    constexpr int kAlongALine = 2;
    for (std::size_t i = 0; i < line.size(); ++i) {
      int neighbours = 0;
      line.for_each_neighbour(i, [&](std::size_t) { ++neighbours; });
      if (neighbours > kAlongALine) open_[i] = 0;
    }
  }

  void trace(VesselLine& result) {
    for (std::size_t i = 0; i < line_.size(); ++i) {
      if (open_[i] != 0 && open_neighbours(i) < 2) walk(i, result);
    }
    for (std::size_t i = 0; i < line_.size(); ++i) {
      if (open_[i] != 0) walk(i, result);  // rings
    }
  }

 private:
  [[nodiscard]] int open_neighbours(std::size_t i) const {
    int count = 0;
    line_.for_each_neighbour(i, [&](std::size_t n) { count += open_[n]; });
    return count;
  }

  void walk(std::size_t from, VesselLine& result) {
    LinePath path{.first = result.place.size()};
    for (std::size_t at = from, next = at;; at = next) {
      open_[at] = 0;
      result.place.push_back(line_.position_mm(at));
      result.number.push_back(static_cast<std::uint32_t>(at));
      line_.for_each_neighbour(at, [&](std::size_t n) {
        if (open_[n] != 0) next = n;
      });
      if (next == at) break;
    }
    path.end = result.place.size();
    result.paths.push_back(path);
  }

  const VoxelSet& line_;
  std::vector<std::uint8_t> open_;  ///< a place that no path has yet
};

float squared(const Vec3& a, const Vec3& b) {
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return static_cast<float>(sum);
}

/// Grows all places at once through the vessel, nearest first (Dijkstra), by straight distances: a
/// way along the grid is up to a tenth longer.
std::vector<std::uint32_t> nearest_places(const VoxelSet& vessel, const VesselLine& line) {
  struct Reached {
    float distance;
    std::uint32_t voxel;
    std::uint32_t place;
    bool operator>(const Reached& other) const { return distance > other.distance; }
  };
  std::priority_queue<Reached, std::vector<Reached>, std::greater<>> next;
  std::vector<float> best(vessel.size(), std::numeric_limits<float>::infinity());
  std::vector<std::uint32_t> place_of(vessel.size(), VesselLine::kNone);
  for (std::uint32_t p = 0; p < line.place.size(); ++p) {
    const Voxel at = line.voxels.at(line.number[p]);
    vessel.for_each_in(at, at, [&](std::size_t i) {
      best[i] = 0;
      next.push({0, static_cast<std::uint32_t>(i), p});
    });
  }
  while (!next.empty()) {
    const Reached one = next.top();
    next.pop();
    if (place_of[one.voxel] != VesselLine::kNone) continue;
    place_of[one.voxel] = one.place;
    vessel.for_each_neighbour(one.voxel, [&](std::size_t n) {
      if (place_of[n] != VesselLine::kNone) return;
      const float distance = squared(vessel.position_mm(n), line.place[one.place]);
      if (distance >= best[n]) return;
      best[n] = distance;
      next.push({distance, static_cast<std::uint32_t>(n), one.place});
    });
  }
  return place_of;
}

}  // namespace

VesselLine trace_line(const VoxelSet& vessel, VoxelSet line) {
  VesselLine result{
      .voxels = std::move(line), .number = {}, .place = {}, .paths = {}, .place_of = {}};
  Tracer(result.voxels).trace(result);
  result.place_of = nearest_places(vessel, result);
  return result;
}

}  // namespace hilum::model::examine
