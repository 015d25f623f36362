#include "dicomseg/series_inspector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

namespace hilum::dicomseg {
namespace {

std::string most_frequent_class(std::span<const ImageHeader> headers) {
  std::map<std::string, std::size_t> instances;
  for (const auto& header : headers) ++instances[header.sop_class];
  const auto most = std::max_element(instances.begin(), instances.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  return most == instances.end() ? std::string{} : most->first;
}

struct Plane {
  const ImageHeader* header;
  const FrameHeader* frame;
};

/// The planes that count: those that are no localizers, or all when there are no others.
std::vector<Plane> planes_of(std::span<const ImageHeader> headers) {
  std::vector<Plane> images;
  std::vector<Plane> localizers;
  for (const auto& header : headers) {
    for (const auto& frame : header.frames) {
      (frame.is_localizer() ? localizers : images).push_back({&header, &frame});
    }
  }
  return images.empty() ? localizers : images;
}

std::optional<double> median_spacing(const std::vector<Plane>& planes) {
  std::vector<double> along;
  std::optional<Vec3> normal;
  for (const auto& [header, frame] : planes) {
    if (!frame->plane || !check_plane(*frame->plane)) continue;
    if (!normal) normal = slice_normal(*frame->plane);
    const Vec3& p = frame->plane->position;
    along.push_back(p[0] * (*normal)[0] + p[1] * (*normal)[1] + p[2] * (*normal)[2]);
  }
  if (along.size() < 2) return std::nullopt;
  std::sort(along.begin(), along.end());
  std::vector<double> steps;
  for (std::size_t i = 1; i < along.size(); ++i) steps.push_back(along[i] - along[i - 1]);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

}  // namespace

SeriesFacts::Orientation orientation_of(const SlicePlane& plane) {
  using enum SeriesFacts::Orientation;
  constexpr std::array kByAxis{kSagittal, kCoronal, kAxial};  // normal along x, y, z
  if (!check_plane(plane)) return kUnknown;
  const double nearest = std::cos(kOrientationDegrees * std::numbers::pi / 180);
  const Vec3 normal = slice_normal(plane);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (std::abs(normal[axis]) >= nearest) return kByAxis[axis];
  }
  return kOblique;
}

SeriesFacts facts_of(std::span<const ImageHeader> headers) {
  SeriesFacts facts;
  if (headers.empty()) return facts;
  facts.sop_class = most_frequent_class(headers);
  facts.sop_class_can_be_segmented = is_ct_class(facts.sop_class);

  const std::vector<Plane> planes = planes_of(headers);
  const ImageHeader& first = planes.empty() ? headers.front() : *planes.front().header;
  facts.modality = first.modality;
  facts.description = first.description;
  facts.body_part = first.body_part;
  facts.image_type = planes.empty() ? first.image_type : planes.front().frame->image_type;
  facts.slices = static_cast<int>(planes.size());
  facts.rows = first.rows;
  facts.columns = first.columns;
  facts.slice_spacing_mm = median_spacing(planes);
  for (const auto& [header, frame] : planes) {
    if (!frame->plane) continue;
    facts.orientation = orientation_of(*frame->plane);
    break;
  }
  return facts;
}

Result<std::vector<ImageHeader>> read_headers(std::span<const std::filesystem::path> files) {
  std::vector<ImageHeader> headers;
  headers.reserve(files.size());
  for (const auto& file : files) {
    auto header = read_image_header(file);
    if (!header) return std::move(header).error();
    headers.push_back(std::move(*header));
  }
  return headers;
}

}  // namespace hilum::dicomseg
