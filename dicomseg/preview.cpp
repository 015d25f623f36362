#include "dicomseg/preview.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "dicomseg/voxel_locator.h"

namespace hilum::dicomseg {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

/// A box in the patient, mm, LPS.
struct Box {
  Vec3 low{};
  Vec3 high{};
  void include(const Vec3& p) {
    for (std::size_t i = 0; i < 3; ++i) {
      low[i] = std::min(low[i], p[i]);
      high[i] = std::max(high[i], p[i]);
    }
  }
  [[nodiscard]] double extent(std::size_t axis) const { return high[axis] - low[axis]; }
  [[nodiscard]] double centre(std::size_t axis) const { return (low[axis] + high[axis]) / 2; }
};

Box box_of_volume(const Geometry& g) {
  const Vec3 first = g.to_lps({0, 0, 0});
  Box box{first, first};
  for (const int corner : {1, 2, 3, 4, 5, 6, 7}) {
    box.include(g.to_lps({(corner & 1) != 0 ? g.size[2] - 1.0 : 0.0,
                          (corner & 2) != 0 ? g.size[1] - 1.0 : 0.0,
                          (corner & 4) != 0 ? g.size[0] - 1.0 : 0.0}));
  }
  return box;
}

std::optional<Box> box_of_labels(const LabelMap& labels) {
  std::optional<Box> box;
  const auto& size = labels.geometry.size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x) {
        if (labels.label[labels.geometry.index(z, y, x)] == 0) continue;
        const Vec3 p = labels.geometry.to_lps(
            {static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)});
        if (!box) box = Box{p, p};
        box->include(p);
      }
    }
  }
  return box;
}

/// A view: which patient axis runs to the right, which downwards and which away from us, and how.
struct View {
  std::size_t right;
  std::size_t down;
  double down_sign;  ///< +1: the axis grows downwards, -1: upwards
  std::size_t depth;
  double depth_sign;  ///< +1: the axis grows away from us, -1: towards us
  char mark;          ///< letter at the left edge
};
constexpr View kAxial{
    .right = 0, .down = 1, .down_sign = 1, .depth = 2, .depth_sign = 1, .mark = 'R'};
constexpr View kCoronal{
    .right = 0, .down = 2, .down_sign = -1, .depth = 1, .depth_sign = 1, .mark = 'R'};
constexpr View kSagittal{
    .right = 1, .down = 2, .down_sign = -1, .depth = 0, .depth_sign = -1, .mark = 'A'};

class Painter {
 public:
  Painter(const Volume& volume, const LabelMap& labels, std::span<const SegmentSpec> segments,
          const PreviewOptions& options, const VoxelLocator& locator, const Box& box)
      : volume_(volume),
        labels_(labels),
        segments_(segments),
        options_(options),
        locator_(locator),
        box_(box),
        mm_per_px_(std::max({box.extent(0), box.extent(1), box.extent(2), 1.0}) / options.tile_px) {
  }

  /// The plane of `view` at `depth` mm.
  [[nodiscard]] RgbImage slice(const View& view, double depth) const {
    return tile(view, [&](Vec3 p) -> Rgb {
      p[view.depth] = depth;
      const auto voxel = locator_.voxel(p);
      return voxel ? blended(windowed(volume_.hu[*voxel]), labels_.label[*voxel]) : Rgb{};
    });
  }

  /// All labels seen along `view`, nearer ones brighter.
  [[nodiscard]] RgbImage projection(const View& view) const {
    const double extent = std::max(box_.extent(view.depth), mm_per_px_);
    const double nearest = (view.depth_sign > 0 ? box_.low : box_.high)[view.depth];
    return tile(view, [&](Vec3 p) -> Rgb {
      for (double depth = 0; depth <= extent; depth += mm_per_px_) {
        p[view.depth] = nearest + view.depth_sign * depth;
        const auto voxel = locator_.voxel(p);
        if (!voxel || labels_.label[*voxel] == 0) continue;
        constexpr double kFarthest = 0.45;  // brightness at the back
        return shaded(colour(labels_.label[*voxel]), 1 - (1 - kFarthest) * depth / extent);
      }
      return Rgb{};
    });
  }

 private:
  template <class PixelAt>
  RgbImage tile(const View& view, const PixelAt& pixel_at) const {
    const int edge = options_.tile_px;
    RgbImage image{edge, edge, {}};
    image.pixels.reserve(static_cast<std::size_t>(edge) * static_cast<std::size_t>(edge) * 3);
    Vec3 p{};
    for (int row = 0; row < edge; ++row) {
      for (int column = 0; column < edge; ++column) {
        p[view.right] = box_.centre(view.right) + (column + 0.5 - edge / 2.0) * mm_per_px_;
        p[view.down] =
            box_.centre(view.down) + view.down_sign * (row + 0.5 - edge / 2.0) * mm_per_px_;
        const Rgb rgb = pixel_at(p);
        image.pixels.insert(image.pixels.end(), rgb.begin(), rgb.end());
      }
    }
    mark(image, view.mark);
    return image;
  }

  [[nodiscard]] Rgb colour(std::uint8_t label) const {
    constexpr Rgb kUnknownLabel{255, 255, 0};
    return label <= segments_.size() ? segments_[label - 1U].rgb : kUnknownLabel;
  }

  [[nodiscard]] std::uint8_t windowed(std::int16_t hu) const {
    const double share =
        (hu - options_.window_center_hu) / options_.window_width_hu + 0.5;  // PS3.3 C.11.2.1.2.1
    return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * 255));
  }

  [[nodiscard]] Rgb blended(std::uint8_t grey, std::uint8_t label) const {
    if (label == 0) return {grey, grey, grey};
    Rgb rgb = colour(label);
    for (auto& channel : rgb) {
      channel = static_cast<std::uint8_t>(
          std::lround(options_.opacity * channel + (1 - options_.opacity) * grey));
    }
    return rgb;
  }

  static Rgb shaded(Rgb rgb, double brightness) {
    for (auto& channel : rgb) {
      channel = static_cast<std::uint8_t>(std::lround(channel * brightness));
    }
    return rgb;
  }

  /// A letter of 5 x 7 dots, each 2 x 2 pixels, in the middle of the left edge.
  static void mark(RgbImage& image, char letter) {
    constexpr std::array<unsigned, 7> kR{0b11110, 0b10001, 0b10001, 0b11110,
                                         0b10100, 0b10010, 0b10001};
    constexpr std::array<unsigned, 7> kA{0b01110, 0b10001, 0b10001, 0b11111,
                                         0b10001, 0b10001, 0b10001};
    const auto& dots = letter == 'A' ? kA : kR;
    constexpr int kMargin = 4;
    for (int row = 0; row < 14; ++row) {
      for (int column = 0; column < 10; ++column) {
        if (((dots[static_cast<std::size_t>(row / 2)] >> (4 - column / 2)) & 1U) == 0) continue;
        const int y = image.height / 2 - 7 + row;
        const auto at = static_cast<std::size_t>(y * image.width + kMargin + column) * 3;
        std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(at), 3, std::uint8_t{255});
      }
    }
  }

  const Volume& volume_;
  const LabelMap& labels_;
  std::span<const SegmentSpec> segments_;
  const PreviewOptions& options_;
  const VoxelLocator& locator_;
  const Box& box_;
  double mm_per_px_;
};

RgbImage sheet_of(const std::vector<RgbImage>& tiles) {
  const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(tiles.size()))));
  const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
  const int edge = tiles.front().width;
  RgbImage sheet{columns * edge, rows * edge, {}};
  sheet.pixels.resize(static_cast<std::size_t>(sheet.width) *
                      static_cast<std::size_t>(sheet.height) * 3);
  for (int i = 0; i < static_cast<int>(tiles.size()); ++i) {
    for (int row = 0; row < edge; ++row) {
      const auto to = ((i / columns * edge + row) * sheet.width + i % columns * edge) * 3;
      std::copy_n(tiles[static_cast<std::size_t>(i)].pixels.begin() + row * edge * 3, edge * 3,
                  sheet.pixels.begin() + to);
    }
  }
  return sheet;
}

bool sensible(const Volume& volume, const LabelMap& labels, const PreviewOptions& o) {
  return volume.geometry.size == labels.geometry.size && volume.geometry.voxel_count() > 0 &&
         volume.hu.size() == volume.geometry.voxel_count() &&
         labels.label.size() == volume.hu.size() && o.tile_px >= 64 && o.tile_px <= 1024 &&
         o.axial_tiles >= 1 && o.axial_tiles <= 30 && o.window_width_hu > 0 && o.opacity >= 0 &&
         o.opacity <= 1;
}

}  // namespace

Result<RgbImage> preview_sheet(const Volume& volume, const LabelMap& labels,
                               std::span<const SegmentSpec> segments,
                               const PreviewOptions& options) {
  const auto locator = VoxelLocator::of(volume.geometry);
  if (!sensible(volume, labels, options) || !locator) {
    return Error{ErrorCode::kInvalidInput, "preview: volume, labels or options do not fit"};
  }
  const Box box = box_of_volume(volume.geometry);
  const Box shown = box_of_labels(labels).value_or(box);
  const Painter painter(volume, labels, segments, options, *locator, box);
  std::vector<RgbImage> tiles;
  for (int i = 0; i < options.axial_tiles; ++i) {  // from head to feet
    const double share = (i + 0.5) / options.axial_tiles;
    tiles.push_back(painter.slice(kAxial, shown.high[2] - share * shown.extent(2)));
  }
  tiles.push_back(painter.slice(kCoronal, shown.centre(1)));
  tiles.push_back(painter.slice(kSagittal, shown.centre(0)));
  for (const View& view : {kCoronal, kSagittal, kAxial}) tiles.push_back(painter.projection(view));
  return sheet_of(tiles);
}

}  // namespace hilum::dicomseg
