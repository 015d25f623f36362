#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/nifti/nifti.h"

namespace hilum::model {
namespace {

/// Share of the smallest voxel step by which corners may differ.
constexpr double kTolerance = 0.1;

double distance(const Vec3& a, const Vec3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace

Status check_same_grid(const Geometry& a, const Geometry& b, std::string_view what) {
  if (a.size != b.size) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("{} have different sizes: {} x {} x {} and {} x {} x {} (slices, rows, "
                    "columns)",
                    what, a.size[0], a.size[1], a.size[2], b.size[0], b.size[1], b.size[2])};
  }
  double step = distance(a.step_mm(0), {});
  for (int axis = 1; axis < 3; ++axis) step = std::min(step, distance(a.step_mm(axis), {}));
  double worst = 0;
  for (int corner = 0; corner < 8; ++corner) {
    const Vec3 xyz{(corner & 1) != 0 ? a.size[2] - 1.0 : 0, (corner & 2) != 0 ? a.size[1] - 1.0 : 0,
                   (corner & 4) != 0 ? a.size[0] - 1.0 : 0};
    worst = std::max(worst, distance(a.to_lps(xyz), b.to_lps(xyz)));
  }
  if (!(worst <= kTolerance * step)) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("{} lie differently in the patient: corners are up to {:.3g} mm apart; "
                    "resample the labels to the CT",
                    what, worst)};
  }
  return ok();
}

}  // namespace hilum::model
