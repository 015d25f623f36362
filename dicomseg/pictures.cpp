#include "dicomseg/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "dicomseg/picture_page.h"
#include "dicomseg/view_painter.h"
#include "pipeline/domain/vessel.h"

namespace hilum::dicomseg {
namespace {

/// What all pictures of a result are drawn from.
struct Drawing {
  const Scene& scene;
  const PictureOptions& options;
  const PicturePage& page;
  Box box;    ///< of the volume
  Box shown;  ///< of the labels, or else of the volume
  int edge_px;
};

Status check(const Volume& volume, const LabelMap& labels, std::size_t segments,
             const Findings& findings, const PictureOptions& o) {
  const auto within = [](double value, double low, double high) {
    return value >= low && value <= high;
  };
  const bool grids_fit =
      volume.geometry.size == labels.geometry.size && volume.geometry.voxel_count() > 0 &&
      volume.hu.size() == volume.geometry.voxel_count() && labels.label.size() == volume.hu.size();
  const bool sensible = o.window_width_hu > 0 && within(o.opacity, 0, 1) &&
                        within(o.edge_px.value_or(512), 128, 1024) &&
                        within(o.axial_images, 1, 60) && within(o.slab_mm, 1, 1000);
  if (!grids_fit || !sensible) {
    return Error{ErrorCode::kInvalidInput, "pictures: volume, labels or options do not fit"};
  }
  if (!findings.segments.empty() && findings.segments.size() != segments) {
    return Error{ErrorCode::kInvalidInput, fmt::format("pictures: {} segments, but measures of {}",
                                                       segments, findings.segments.size())};
  }
  return ok();
}

PageTexts texts_of(std::span<const SegmentSpec> segments, const Findings& findings,
                   const ModelInfo& model, const PictureOptions& options) {
  PageTexts texts;
  texts.markers.emplace_back("AI RESULT - RESEARCH USE, NOT FOR CLINICAL USE");
  if (!model.trained) texts.markers.emplace_back("UNTRAINED TEST MODEL");
  for (std::size_t i = 0; i < segments.size(); ++i) {
    texts.legend.push_back({segments[i].rgb, segments[i].label,
                            i < findings.segments.size()
                                ? fmt::format("{:.1f} mL", findings.segments[i].millilitres)
                                : ""});
  }
  texts.notes = {
      fmt::format("{} {}", model.name, model.version),
      fmt::format("C {:.0f} W {:.0f} HU", options.window_center_hu, options.window_width_hu)};
  for (const Doubt& doubt : findings.doubts) texts.warnings.push_back("CHECK: " + doubt.text);
  return texts;
}

int edge_of(const Volume& volume, const PictureOptions& options) {
  constexpr int kLeast = 512;
  constexpr int kMost = 768;
  const int matrix = std::max(volume.geometry.size[1], volume.geometry.size[2]);
  return options.edge_px.value_or(std::clamp(matrix, kLeast, kMost));
}

/// Without "-0".
long whole_mm(double mm) { return std::lround(mm); }

/// Depths of axial pictures from head to feet, each in the middle of voxels, none twice.
std::vector<double> axial_depths(const Drawing& d) {
  constexpr std::size_t kZ = 2;
  const Geometry& g = d.scene.volume.geometry;
  const double voxel_mm = voxel_extent_mm(g, kZ);
  const auto slices = static_cast<int>(std::min(std::lround(d.shown.extent(kZ) / voxel_mm) + 1L,
                                                static_cast<long>(d.options.axial_images)));
  std::vector<double> depths;
  for (int i = 0; i < slices; ++i) {
    double depth = d.shown.high[kZ] - (i + 0.5) / slices * d.shown.extent(kZ);
    if (const auto voxel = d.scene.locator.voxel({d.box.centre(0), d.box.centre(1), depth})) {
      const auto columns = static_cast<std::size_t>(g.size[2]);
      const std::size_t row = *voxel / columns;  // counted through all slices
      const auto rows = static_cast<std::size_t>(g.size[1]);
      const std::size_t slice = row / rows;
      depth = g.to_lps({static_cast<double>(*voxel % columns), static_cast<double>(row % rows),
                        static_cast<double>(slice)})[kZ];
    }
    if (depths.empty() || std::abs(depths.back() - depth) > voxel_mm / 2) depths.push_back(depth);
  }
  return depths;
}

void add_axial(const Drawing& d, std::vector<Picture>& pictures) {
  const ViewGrid grid(kAxialView, d.box, d.edge_px,
                      fitting_mm_per_px(kAxialView, d.box, d.edge_px));
  const std::vector<double> depths = axial_depths(d);
  for (std::size_t i = 0; i < depths.size(); ++i) {
    std::string title =
        fmt::format("Axial {}/{}, z = {} mm", i + 1, depths.size(), whole_mm(depths[i]));
    RgbImage image = d.page.compose(paint_plane(d.scene, grid, depths[i]), grid, title);
    pictures.push_back({std::move(image), std::move(title)});
  }
}

/// A projection through the middle of `labels`.
struct Projection {
  const View& view;
  std::string_view name;
  LabelSet labels;
  double fallback_mm;  ///< where there is none of them
};

Picture projected(const Drawing& d, const Projection& p) {
  const std::size_t axis = p.view.depth;
  const ViewGrid grid(p.view, d.box, d.edge_px, fitting_mm_per_px(p.view, d.box, d.edge_px));
  const double middle = median_position(d.scene.labels, axis, p.labels).value_or(p.fallback_mm);
  const double half =
      std::max(d.options.slab_mm, voxel_extent_mm(d.scene.volume.geometry, axis)) / 2;
  std::string title = fmt::format("{}, {} = {} mm, slab {} mm, all labels", p.name, "xyz"[axis],
                                  whole_mm(middle), whole_mm(2 * half));
  const LabelSurface surface = nearest_labels(d.scene.labels, grid, p.labels);
  const RgbImage image = paint_projection(d.scene, grid, {middle - half, middle + half}, surface,
                                          shading_of(p.view, d.shown));
  return {d.page.compose(image, grid, title), std::move(title)};
}

/// The labels whose segments are of `side` or of none; nothing when none is of that side.
std::optional<LabelSet> labels_of(std::span<const SegmentSpec> segments, Side side) {
  LabelSet labels;
  bool found = false;
  for (std::size_t i = 0; i < std::min<std::size_t>(segments.size(), 255); ++i) {
    const Side of_segment = side_of(segments[i]);
    found = found || of_segment == side;
    labels.set(i + 1, of_segment == side || of_segment == Side::kNone);
  }
  if (!found) return std::nullopt;
  return labels;
}

void add_projections(const Drawing& d, std::vector<Picture>& pictures) {
  const LabelSet all = LabelSet().set().reset(0);
  const double middle = d.box.centre(0);
  const double quarter = d.box.extent(0) / 4;
  const auto add = [&](const View& view, std::string_view name, const LabelSet& labels,
                       double fallback_mm) {
    pictures.push_back(projected(d, {view, name, labels, fallback_mm}));
  };
  add(kCoronalView, "Coronal MIP", all, d.box.centre(1));
  const auto right = labels_of(d.scene.palette.segments, Side::kRight);
  const auto left = labels_of(d.scene.palette.segments, Side::kLeft);
  if (right) add(kSagittalView, "Sagittal MIP R", *right, middle - quarter);
  if (left) add(kSagittalView, "Sagittal MIP L", *left, middle + quarter);
  if (!right && !left) add(kSagittalView, "Sagittal MIP", all, middle);
}

}  // namespace

Result<std::vector<Picture>> result_pictures(const Volume& volume, const LabelMap& labels,
                                             std::span<const SegmentSpec> segments,
                                             const Findings& findings, const ModelInfo& model,
                                             const PictureOptions& options) {
  if (auto fits = check(volume, labels, segments.size(), findings, options); !fits) {
    return std::move(fits).error();
  }
  const auto locator = VoxelLocator::of(volume.geometry);
  if (!locator) return Error{ErrorCode::kInvalidInput, "pictures: the affine is singular"};
  const Scene scene{.volume = volume,
                    .labels = labels,
                    .locator = *locator,
                    .palette = {.segments = segments,
                                .window_center_hu = options.window_center_hu,
                                .window_width_hu = options.window_width_hu,
                                .opacity = options.opacity}};
  const int edge = edge_of(volume, options);
  const PicturePage page(texts_of(segments, findings, model, options), edge);
  const Box box = box_of_volume(volume.geometry);
  const Drawing drawing{.scene = scene,
                        .options = options,
                        .page = page,
                        .box = box,
                        .shown = box_of_labels(labels).value_or(box),
                        .edge_px = edge};
  std::vector<Picture> pictures;
  add_axial(drawing, pictures);
  add_projections(drawing, pictures);
  return pictures;
}

}  // namespace hilum::dicomseg
