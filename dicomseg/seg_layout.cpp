#include "dicomseg/seg_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/domain/vessel.h"

namespace hilum::dicomseg {
namespace {

/// 3D Slicer's colours of "Pulmonary artery" and "Pulmonary vein".
constexpr std::array<std::uint8_t, 3> kArteryBlue{0, 122, 171};
constexpr std::array<std::uint8_t, 3> kVeinRed{186, 77, 64};

/// The segment of all classes of one vessel: what they have in common, without a side.
SegmentSpec merged_spec(const SegmentSpec& one, Vessel vessel) {
  SegmentSpec spec = one;
  spec.label = vessel == Vessel::kArtery ? "Pulmonary arteries" : "Pulmonary veins";
  spec.type_modifier.reset();
  spec.region_modifier.reset();
  spec.rgb = vessel == Vessel::kArtery ? kArteryBlue : kVeinRed;
  return spec;
}

std::vector<SegmentLayout> as_model(const ModelInfo& model) {
  std::vector<SegmentLayout> segments;
  for (std::size_t k = 0; k < model.segments.size(); ++k) {
    segments.push_back({model.segments[k], {static_cast<int>(k) + 1}});
  }
  return segments;
}

/// Arteries and veins first, wherever the model has them, then the rest.
std::vector<SegmentLayout> merged(const ModelInfo& model) {
  const std::vector<SegmentLayout> all = as_model(model);
  std::vector<SegmentLayout> segments;
  for (const Vessel vessel : {Vessel::kArtery, Vessel::kVein, Vessel::kOther}) {
    std::vector<SegmentLayout> same;
    std::ranges::copy_if(all, std::back_inserter(same), [&](const SegmentLayout& segment) {
      return vessel_of(segment.spec) == vessel;
    });
    // A single class is no union: its own name says more.
    if (vessel == Vessel::kOther || same.size() < 2) {
      segments.insert(segments.end(), same.begin(), same.end());
      continue;
    }
    SegmentLayout together{merged_spec(same.front().spec, vessel), {}};
    for (const SegmentLayout& one : same) together.labels.push_back(one.labels.front());
    segments.push_back(std::move(together));
  }
  return segments;
}

/// Arteries get the colour of the vein of the same side, and the other way round.
void swap_colours(std::vector<SegmentLayout>& segments) {
  const std::vector<SegmentLayout> before = segments;
  for (SegmentLayout& segment : segments) {
    const Vessel vessel = vessel_of(segment.spec);
    if (vessel == Vessel::kOther) continue;
    const auto partner = std::ranges::find_if(before, [&](const SegmentLayout& other) {
      return vessel_of(other.spec) != Vessel::kOther && vessel_of(other.spec) != vessel &&
             side_of(other.spec) == side_of(segment.spec);
    });
    // Without one, the usual colour of the other vessel keeps the promise.
    segment.spec.rgb = partner != before.end()     ? partner->spec.rgb
                       : vessel == Vessel::kArtery ? kVeinRed
                                                   : kArteryBlue;
  }
}

}  // namespace

SegmentOfLabel SegLayout::segment_of_label() const {
  SegmentOfLabel segment_of{};
  for (std::size_t n = 0; n < segments.size(); ++n) {
    for (const int label : segments[n].labels) {
      segment_of[static_cast<std::size_t>(label)] = static_cast<std::uint8_t>(n + 1);
    }
  }
  return segment_of;
}

std::vector<SegLayout> seg_layouts(const ModelInfo& model, const ViewerProfile& profile) {
  if (profile.segmentation == ViewerProfile::Segmentation::kNone) return {};
  std::vector<SegmentLayout> segments =
      profile.classes == ViewerProfile::Classes::kMerged ? merged(model) : as_model(model);
  if (profile.colours == ViewerProfile::Colours::kArteriesRed) swap_colours(segments);
  if (profile.objects == ViewerProfile::Objects::kOne) {
    return {SegLayout{.name = "seg", .title = {}, .segments = std::move(segments)}};
  }
  std::vector<SegLayout> layouts;
  for (SegmentLayout& segment : segments) {
    SegLayout layout{.name = fmt::format("seg/{}", layouts.size() + 1),
                     .title = segment.spec.label,
                     .segments = {}};
    layout.segments.push_back(std::move(segment));
    layouts.push_back(std::move(layout));
  }
  return layouts;
}

}  // namespace hilum::dicomseg
