#include "dicomseg/seg_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <utility>

#include "dicomseg/frame_comparison.h"
#include "dicomseg/nonzero.h"
#include "dicomseg/seg_reader.h"
#include "dicomseg/slice_grid.h"
#include "dicomseg/slice_order.h"

namespace hilum::dicomseg {
namespace {

Error differs(std::string what) {
  return {ErrorCode::kInternal, "the segmentation that was written is not the result: " +
                                    std::move(what) + "; please report this"};
}

Status check_references(const Segmentation& seg, const SegInput& input) {
  const std::pair<std::string_view, bool> same[] = {
      {"its study", seg.study == input.source.study},
      {"its series", seg.series == input.request.identity.series(input.layout.name).str()},
      {"its SOP instance", seg.sop == input.request.identity.sop(input.layout.name).str()},
      {"its frame of reference", seg.frame_of_reference == input.source.frame_of_reference},
      {"the series it refers to", seg.referenced_series == input.source.series},
      {"the number of its frames", seg.frames.size() == input.plan.frames.size()},
  };
  for (const auto& [what, equal] : same) {
    if (!equal) return differs(std::string(what) + " is another one");
  }
  for (const SourceFrame& frame : input.request.source.frames) {
    if (!seg.referenced_instances.contains(frame.sop.str())) {
      return differs("it does not refer to SOP instance " + frame.sop.str());
    }
  }
  return ok();
}

/// Colours go through CIELab with 16 bits and may come back as their neighbours.
bool same_colour(const std::array<std::uint8_t, 3>& a, const std::array<std::uint8_t, 3>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(int{a[i]} - int{b[i]}) > 1) return false;
  }
  return true;
}

Status check_segments(const Segmentation& seg, const SegInput& input) {
  if (seg.segments.size() != input.layout.segments.size()) {
    return differs("the number of its segments");
  }
  for (std::size_t n = 0; n < seg.segments.size(); ++n) {
    SegmentSpec read = seg.segments[n].spec;
    const SegmentSpec& meant = input.layout.segments[n].spec;
    const bool colour = same_colour(read.rgb, meant.rgb);
    read.rgb = meant.rgb;
    if (read != meant || !colour || seg.segments[n].number != static_cast<int>(n) + 1 ||
        seg.segments[n].tracking_uid != input.tracking_uid(n)) {
      return differs(fmt::format("segment {} is described differently", n + 1));
    }
  }
  return ok();
}

/// The labels of a slice are those of an image only when it lies there.
Status check_slices(const LoadedSeries& source) {
  const Geometry& grid = source.volume.geometry;
  const Vec3 step = grid.step_mm(2);
  const double tolerance =
      std::max(kSpacingTolerance * std::hypot(step[0], step[1], step[2]), kFinestStepMm / 2) +
      kLineToleranceMm;
  for (const SourceFrame& image : source.frames) {
    const Vec3 slice = grid.to_lps({0, 0, static_cast<double>(image.slice)});
    const double apart = std::hypot(slice[0] - image.position[0], slice[1] - image.position[1],
                                    slice[2] - image.position[2]);
    if (apart <= tolerance) continue;
    return differs(
        fmt::format("SOP instance {} lies {:.2f} mm from its slice", image.sop.str(), apart));
  }
  return ok();
}

Status check_sources(const Segmentation& seg, const std::vector<std::size_t>& images,
                     const SegInput& input) {
  for (std::size_t f = 0; f < images.size(); ++f) {
    const SourceFrame& meant = input.request.source.frames[images[f]];
    if (seg.frames[f].source_sop != meant.sop.str() ||
        seg.frames[f].source_frame != meant.frame_number) {
      return differs(fmt::format("frame {} refers to another image than that of its place", f + 1));
    }
  }
  return ok();
}

/// A segment twice on one image would be counted twice.
Status check_once(const Segmentation& seg, const std::vector<std::size_t>& images) {
  std::set<std::pair<int, std::size_t>> seen;
  for (std::size_t f = 0; f < images.size(); ++f) {
    if (!seen.insert({seg.frames[f].segment, images[f]}).second) {
      return differs(fmt::format("frame {} shows what another frame shows", f + 1));
    }
  }
  return ok();
}

/// All voxels that the labels have of each segment on images, to find those that no frame shows.
std::vector<VoxelSum> sums_of_labels(const SegInput& input) {
  std::vector<VoxelSum> sums(input.layout.segments.size());
  const SegmentOfLabel segment_of = input.layout.segment_of_label();
  const LabelMap& map = input.request.labels;
  const Vec3 along_row = map.geometry.step_mm(0);
  const Vec3 along_column = map.geometry.step_mm(1);
  const auto columns = static_cast<std::size_t>(map.geometry.size[2]);
  for (const SourceFrame& image : input.request.source.frames) {
    const auto slice = std::span(map.label).subspan(map.geometry.index(image.slice, 0, 0),
                                                    map.geometry.index(1, 0, 0));
    for_each_nonzero(slice, [&](std::size_t at) {
      const std::uint8_t segment = segment_of[slice[at]];
      if (segment == 0) return;
      Vec3 place = image.position;
      for (std::size_t i = 0; i < 3; ++i) {
        place[i] += along_row[i] * static_cast<double>(at % columns) +
                    along_column[i] * static_cast<double>(at / columns);
      }
      sums[segment - 1U].add(place);
    });
  }
  return sums;
}

Status check_sums(const std::vector<VoxelSum>& read, const std::vector<VoxelSum>& meant) {
  for (std::size_t n = 0; n < meant.size(); ++n) {
    if (read[n].voxels != meant[n].voxels) {
      return differs(fmt::format("segment {} has {} voxels instead of {}", n + 1, read[n].voxels,
                                 meant[n].voxels));
    }
    if (meant[n].voxels == 0) continue;
    const Vec3 a = read[n].centroid();
    const Vec3 b = meant[n].centroid();
    const double apart = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    if (apart > kCentroidToleranceMm) {
      return differs(fmt::format("segment {} lies {:.2f} mm from its place", n + 1, apart));
    }
  }
  return ok();
}

}  // namespace

Status check_segmentation(const std::filesystem::path& file, const SegInput& input) {
  auto seg = read_seg(file);
  if (!seg) return differs(seg.error().message);
  if (auto same = check_references(*seg, input); !same) return same;
  if (auto same = check_segments(*seg, input); !same) return same;
  if (auto same = check_slices(input.request.source); !same) return same;
  auto images = images_of_frames(*seg, input.request.source, kPlacementToleranceMm);
  if (!images) return differs(images.error().message);
  if (auto same = check_sources(*seg, *images, input); !same) return same;
  if (auto same = check_once(*seg, *images); !same) return same;
  std::vector<int> slices;
  for (const std::size_t image : *images)
    slices.push_back(input.request.source.frames[image].slice);
  auto sums = compare_frames(*seg, slices, input.request.labels, input.layout);
  if (!sums) return differs(sums.error().message);
  return check_sums(*sums, sums_of_labels(input));
}

}  // namespace hilum::dicomseg
