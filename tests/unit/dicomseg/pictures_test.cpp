#include "dicomseg/pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "dicomseg/rgb_canvas.h"
#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

constexpr int kEdge = 128;
const PictureOptions kSmall{.opacity = 1, .edge_px = kEdge, .axial_images = 3};

struct Study {
  Volume volume;
  LabelMap labels;
  ModelInfo model = test::vessel_model();
  Findings findings{
      .segments = std::vector<SegmentMeasures>(4), .left = {}, .right = {}, .doubts = {}};

  explicit Study(const Geometry& g)
      : volume{g, std::vector<std::int16_t>(g.voxel_count(), -1024)},
        labels{g, std::vector<std::uint8_t>(g.voxel_count())} {}

  /// Calls `visit(index, position)` for every voxel.
  void each(const std::function<void(std::size_t, const Vec3&)>& visit) const {
    const Geometry& g = volume.geometry;
    for (int z = 0; z < g.size[0]; ++z) {
      for (int y = 0; y < g.size[1]; ++y) {
        for (int x = 0; x < g.size[2]; ++x) {
          visit(g.index(z, y, x), g.to_lps({1.0 * x, 1.0 * y, 1.0 * z}));
        }
      }
    }
  }
  [[nodiscard]] std::vector<Picture> pictures(const PictureOptions& options = kSmall) const {
    auto made = result_pictures(volume, labels, model.segments, findings, model, options);
    if (!made) FAIL(made.error().message);
    return std::move(*made);
  }
};

Rgb pixel(const RgbImage& image, int x, int y) {
  const auto at = static_cast<std::size_t>(y * image.width + x) * 3;
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

/// Where pixels of the CT begin: below one line of markers, with dots of 1 pixel.
constexpr int kTop = 4 + 9 + 2;

Rgb ct_pixel(const Picture& picture, double x, double y) {
  return pixel(picture.image, static_cast<int>(x), kTop + static_cast<int>(y));
}

const Picture& titled(const std::vector<Picture>& pictures, std::string_view start) {
  for (const Picture& picture : pictures) {
    if (picture.title.starts_with(start)) return picture;
  }
  FAIL("no picture is called " << start);
  return pictures.front();
}

/// Middle of the pixels of the CT in `rgb`.
struct Spot {
  double x = 0;
  double y = 0;
  int pixels = 0;
};
Spot spot_of(const Picture& picture, const Rgb& rgb) {
  Spot spot;
  for (int y = 0; y < kEdge; ++y) {
    for (int x = 0; x < kEdge; ++x) {
      if (ct_pixel(picture, x, y) != rgb) continue;
      spot.x += x;
      spot.y += y;
      ++spot.pixels;
    }
  }
  spot.x /= std::max(spot.pixels, 1);
  spot.y /= std::max(spot.pixels, 1);
  return spot;
}

Vec3 middle_of(const Geometry& g) {
  return g.to_lps({(g.size[2] - 1) / 2.0, (g.size[1] - 1) / 2.0, (g.size[0] - 1) / 2.0});
}

}  // namespace

TEST_CASE("pictures: left, back and head are where radiologists expect them, in every grid") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    Study study(test::geometry_of(grid, {36, 40, 44}));
    const Vec3 middle = middle_of(study.volume.geometry);
    study.each([&](std::size_t i, const Vec3& p) {
      const Vec3 d{p[0] - middle[0], p[1] - middle[1], p[2] - middle[2]};
      if (std::all_of(d.begin(), d.end(), [](double v) { return v > 2 && v < 9; })) {
        study.labels.label[i] = 1;  // left, posterior, superior
      }
    });
    const Rgb rgb = study.model.segments[0].rgb;
    const auto pictures = study.pictures();
    constexpr double kMiddle = kEdge / 2.0;
    const Spot axial = spot_of(titled(pictures, "Axial 2/"), rgb);
    CHECK(axial.pixels > 10);
    CHECK(axial.x > kMiddle + 3);  // left on the right
    CHECK(axial.y > kMiddle + 3);  // back at the bottom
    for (const auto& [title, x_sign] :
         {std::pair{"Coronal MIP", 1}, std::pair{"Sagittal MIP L", 1}}) {
      CAPTURE(title);
      const Picture& picture = titled(pictures, title);
      Spot spot;  // shaded by depth: of everything that is not grey
      for (int y = 16; y < kEdge - 20; ++y) {
        for (int x = 16; x < kEdge - 16; ++x) {
          const Rgb at = ct_pixel(picture, x, y);
          if (at[0] == at[2]) continue;
          spot.x += x;
          spot.y += y;
          ++spot.pixels;
        }
      }
      REQUIRE(spot.pixels > 10);
      CHECK(spot.x / spot.pixels > kMiddle + 3);  // left, or back, on the right
      CHECK(spot.y / spot.pixels < kMiddle - 3);  // head at the top
    }
  }
}

TEST_CASE("pictures: every picture is marked, and an untrained model and every doubt are named") {
  Study study(test::geometry_of(test::grids()[0], {12, 30, 30}));
  const auto plain = study.pictures();
  for (const auto& picture : plain) {
    bool marked = false;
    for (int x = 0; x < picture.image.width; ++x) {
      marked = marked || pixel(picture.image, x, 4) == Rgb{255, 200, 0};
    }
    CHECK(marked);
  }
  study.model.trained = false;
  const auto untrained = study.pictures();
  study.model.trained = true;
  study.findings.doubts = {{DoubtKind::kNothingFound, "no voxel of any class was found"}};
  const auto doubtful = study.pictures();
  study.findings.doubts.push_back({DoubtKind::kFieldOfViewCut, std::string(200, 'x')});
  const auto more = study.pictures();
  const Rgb warning{255, 120, 90};
  const auto count = [&](const RgbImage& image) {
    int pixels = 0;
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) pixels += pixel(image, x, y) == warning ? 1 : 0;
    }
    return pixels;
  };
  for (std::size_t i = 0; i < plain.size(); ++i) {
    CHECK(untrained[i].image.height > plain[i].image.height);
    CHECK(doubtful[i].image.height > plain[i].image.height);
    CHECK(count(plain[i].image) == 0);
    CHECK(count(doubtful[i].image) > 200);
    CHECK(count(more[i].image) > count(doubtful[i].image) + 1000);
    CHECK(more[i].image.width == plain[i].image.width);
  }
}

TEST_CASE("pictures: the legend has the colours and the volumes of the segments") {
  Study study(test::geometry_of(test::grids()[0], {12, 30, 30}));
  const auto before = study.pictures();
  for (const SegmentSpec& segment : study.model.segments) {
    int found = 0;
    for (int y = 0; y < before[0].image.height; ++y) {
      for (int x = kEdge; x < before[0].image.width; ++x) {
        found += pixel(before[0].image, x, y) == segment.rgb ? 1 : 0;
      }
    }
    CHECK(found >= 50);
  }
  study.findings.segments[2].millilitres = 12.34;
  CHECK(study.pictures()[0].image.pixels != before[0].image.pixels);
  study.findings.segments.clear();
  CHECK(study.pictures()[0].image.pixels != before[0].image.pixels);
}

TEST_CASE("pictures: the page grows with the legend") {
  Study study(test::geometry_of(test::grids()[0], {3, 30, 30}));
  const int height = study.pictures()[0].image.height;
  study.model.segments.resize(20, study.model.segments[0]);
  for (std::size_t i = 0; i < 20; ++i) {
    study.model.segments[i].rgb = {static_cast<std::uint8_t>(10 * i), 250, 10};
    study.model.segments[i].label = std::string(64, 'x');
  }
  study.findings.segments.resize(20);
  const RgbImage image = study.pictures()[0].image;
  CHECK(image.height > height + 200);
  for (const SegmentSpec& segment : study.model.segments) {
    int found = 0;
    for (int y = 0; y < image.height; ++y) {
      for (int x = kEdge; x < image.width; ++x) found += pixel(image, x, y) == segment.rgb ? 1 : 0;
    }
    CHECK(found >= 50);
  }
}

TEST_CASE("pictures: colours lie over the grey of the window as opacity says") {
  Study study(test::geometry_of(test::grids()[0], {6, 40, 40}));
  std::fill(study.volume.hu.begin(), study.volume.hu.end(), std::int16_t{0});
  std::fill(study.labels.label.begin(), study.labels.label.end(), std::uint8_t{3});
  PictureOptions options = kSmall;
  options.window_center_hu = 0;
  options.window_width_hu = 400;
  for (const auto& [opacity, expected] :
       {std::pair{1.0, Rgb{0, 122, 171}}, std::pair{0.0, Rgb{128, 128, 128}},
        std::pair{0.5, Rgb{64, 125, 150}}}) {
    options.opacity = opacity;
    const Rgb at = ct_pixel(titled(study.pictures(options), "Axial 1/"), 40, 40);
    for (std::size_t c = 0; c < 3; ++c) CHECK(std::abs(at[c] - expected[c]) <= 1);
  }
}

TEST_CASE("pictures: projections show the brightest voxel of their slab, and no other") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    Study study(test::geometry_of(grid, {40, 48, 44}));
    const Vec3 middle = middle_of(study.volume.geometry);
    const auto distance = [&](const Vec3& p, const Vec3& d) {
      return std::max({std::abs(p[0] - middle[0] - d[0]), std::abs(p[1] - middle[1] - d[1]),
                       std::abs(p[2] - middle[2] - d[2])});
    };
    std::size_t bright = 0;
    std::size_t outside = 0;
    double nearest = 1e9;
    double nearest_outside = 1e9;
    study.each([&](std::size_t i, const Vec3& p) {
      if (distance(p, {0, 0, 0}) < 1.5) study.labels.label[i] = 1;
      if (distance(p, {4, 2, 12}) < nearest) nearest = distance(p, {4, 2, 12}), bright = i;
      if (distance(p, {-4, 11, 12}) < nearest_outside) {
        nearest_outside = distance(p, {-4, 11, 12});
        outside = i;
      }
    });
    study.volume.hu[bright] = 400;    // in the slab
    study.volume.hu[outside] = 1000;  // behind it
    PictureOptions options = kSmall;
    options.slab_mm = 12;
    const auto pictures = study.pictures(options);
    const Picture& coronal = titled(pictures, "Coronal MIP");
    const Spot spot = spot_of(coronal, kWhite);
    int brightest = 0;
    int x_at = 0;
    int brightest_left = 0;
    for (int y = 16; y < kEdge / 2 - 8; ++y) {
      for (int x = 16; x < kEdge - 16; ++x) {
        const int grey = ct_pixel(coronal, x, y)[0];
        if (grey > brightest) brightest = grey, x_at = x;
        if (x < kEdge / 2) brightest_left = std::max(brightest_left, grey);
      }
    }
    CHECK(brightest >= 250);  // 400 HU is white in a window of -300 / 1400
    CHECK(x_at > kEdge / 2);
    CHECK(brightest_left == 0);
    CHECK(spot.pixels >= 1);
  }
}

TEST_CASE("pictures: millimetres are equally long in both directions, also between thick slices") {
  for (const auto& grid : {test::NamedGrid{"thick", {0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 4}},
                           test::NamedGrid{"thin", {2, 0, 0}, {0, 2, 0}, {0, 0, 0.5}}}) {
    CAPTURE(grid.name);
    const std::array<int, 3> size =
        grid.name == "thick" ? std::array<int, 3>{20, 160, 160} : std::array<int, 3>{160, 40, 40};
    Study study(test::geometry_of(grid, size));
    const Vec3 middle = middle_of(study.volume.geometry);
    study.each([&](std::size_t i, const Vec3& p) {
      const bool inside = std::abs(p[0] - middle[0]) < 16 && std::abs(p[1] - middle[1]) < 16 &&
                          std::abs(p[2] - middle[2]) < 16;
      if (inside) study.labels.label[i] = 1;
    });
    const auto pictures = study.pictures();
    for (const char* title : {"Coronal MIP", "Sagittal MIP L"}) {
      const Picture& picture = titled(pictures, title);
      int columns = 0;
      int rows = 0;
      for (int i = 0; i < kEdge; ++i) {
        const Rgb across = ct_pixel(picture, i, kEdge / 2.0);
        const Rgb down = ct_pixel(picture, kEdge / 2.0, i);
        columns += across[0] != across[2] ? 1 : 0;
        rows += down[0] != down[2] ? 1 : 0;
      }
      CAPTURE(title);
      CHECK(std::abs(columns - 32 * kEdge / 80) <= 1);
      CHECK(std::abs(rows - 32 * kEdge / 80) <= 1);
    }
  }
}

TEST_CASE("pictures: titles say where they are, from head to feet, and have a short beginning") {
  Study study(test::geometry_of(test::grids()[0], {30, 32, 32}, {-11, -12, -40}));
  std::fill(study.labels.label.begin(), study.labels.label.end(), std::uint8_t{1});
  const auto pictures = study.pictures();
  REQUIRE(pictures.size() == 6);
  CHECK(pictures[0].title == "Axial 1/3, z = -10 mm");
  CHECK(pictures[2].title == "Axial 3/3, z = -34 mm");
  CHECK(pictures[3].title.starts_with("Coronal MIP, y = "));
  CHECK(pictures[3].title.ends_with("mm, slab 40 mm, all labels"));
  CHECK(pictures[4].title.starts_with("Sagittal MIP R, x = "));
  CHECK(pictures[5].title.starts_with("Sagittal MIP L, x = "));
  for (const Picture& picture : pictures) {
    CHECK(picture.title.find(',') <= 16);
    CHECK(picture.image.width == pictures[0].image.width);
    CHECK(picture.image.height == pictures[0].image.height);
  }
}

TEST_CASE("pictures: no labels, one slice and odd sizes are drawn as well") {
  for (const std::array<int, 3> size :
       {std::array<int, 3>{1, 20, 20}, {2, 513, 511}, {5, 1, 1}, {1, 1, 1}}) {
    CAPTURE(size[1]);
    Study study(test::geometry_of(test::grids()[0], size));
    for (const std::uint8_t label : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{77}}) {
      std::fill(study.labels.label.begin(), study.labels.label.end(), label);
      const auto pictures = study.pictures();
      CHECK(pictures.size() == 3U + static_cast<std::size_t>(std::min(size[0], 3)));
    }
  }
  Study study(test::geometry_of(test::grids()[0], {1, 513, 511}));
  PictureOptions options;
  CHECK(study.pictures(options)[0].image.width == 513 + 16 + 24 * 12 + 8);
}

TEST_CASE("pictures: at the resolution of the matrix, every pixel is a voxel") {
  Geometry g = test::geometry_of({"plain", {0.7, 0, 0}, {0, 0.7, 0}, {0, 0, 1}}, {1, 128, 128});
  Study study(g);
  study.volume = test::numbered_volume(g);
  PictureOptions options = kSmall;
  options.window_center_hu = 1024;
  options.window_width_hu = 4096;
  const auto pictures = study.pictures(options);
  for (int y = 30; y < 60; ++y) {
    for (int x = 30; x < 60; ++x) {
      const double share = (study.volume.hu[g.index(0, y, x)] - 1024.0) / 4096 + 0.5;
      CHECK(std::abs(ct_pixel(pictures[0], x, y)[0] - share * 255) <= 0.51);
    }
  }
}

TEST_CASE("pictures: what does not fit together is refused") {
  Study study(test::geometry_of(test::grids()[0], {3, 10, 10}));
  const auto code = [&](const PictureOptions& options) {
    const auto made = result_pictures(study.volume, study.labels, study.model.segments,
                                      study.findings, study.model, options);
    return made ? ErrorCode::kInternal : made.error().code;
  };
  CHECK(code(kSmall) == ErrorCode::kInternal);  // that is: it is made
  CHECK(code({.window_width_hu = 0}) == ErrorCode::kInvalidInput);
  CHECK(code({.opacity = 1.5}) == ErrorCode::kInvalidInput);
  CHECK(code({.edge_px = 5000}) == ErrorCode::kInvalidInput);
  CHECK(code({.axial_images = 0}) == ErrorCode::kInvalidInput);
  study.findings.segments.pop_back();
  CHECK(code(kSmall) == ErrorCode::kInvalidInput);
  study.findings.segments.clear();
  CHECK(code(kSmall) == ErrorCode::kInternal);
  study.volume.geometry.voxel_to_lps[10] = 0;
  CHECK(code(kSmall) == ErrorCode::kInvalidInput);
  study.labels.label.pop_back();
  CHECK(code(kSmall) == ErrorCode::kInvalidInput);
}
