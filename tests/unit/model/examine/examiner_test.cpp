#include "model/examine/examiner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "model/phantom/phantom.h"
#include "tests/unit/model/examine/tubes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::examine;
using doctest::Approx;

namespace {

ModelInfo model_of(const std::vector<SegmentSpec>& segments) {
  return {.name = "test", .version = "1", .sha256 = "", .segments = segments, .device = ""};
}

const phantom::Phantom& patient() {
  static const phantom::Phantom made =
      phantom::make_phantom({.phase = {}, .spacing_mm = 2, .size = {150, 150, 180}});
  return made;
}

Findings examined(const Volume& volume, const LabelMap& labels, int threads = 1) {
  VesselExaminer examiner(standard_classes(), threads);
  auto findings = examiner.examine(volume, labels, model_of(standard_segments()), {});
  REQUIRE(findings);
  return *findings;
}

/// Those of the doubts.
std::vector<DoubtKind> kinds_of(const Findings& findings) {
  std::vector<DoubtKind> kinds;
  for (const Doubt& doubt : findings.doubts) kinds.push_back(doubt.kind);
  return kinds;
}

/// The same voxels, stored from the other end of each axis.
template <class T>
std::vector<T> reversed(std::vector<T> voxels) {
  std::ranges::reverse(voxels);
  return voxels;
}
Geometry reversed(Geometry geometry) {
  const Vec3 last = geometry.to_lps({static_cast<double>(geometry.size[2] - 1),
                                     static_cast<double>(geometry.size[1] - 1),
                                     static_cast<double>(geometry.size[0] - 1)});
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      geometry.voxel_to_lps[row * 4 + column] *= -1;
    }
    geometry.voxel_to_lps[row * 4 + 3] = last[row];
  }
  return geometry;
}

/// Slices first..end - 1.
template <class T>
void keep(std::vector<T>& voxels, const Geometry& geometry, int first, int end) {
  const auto begin = voxels.begin();
  voxels = std::vector<T>(begin + static_cast<std::ptrdiff_t>(geometry.index(first, 0, 0)),
                          begin + static_cast<std::ptrdiff_t>(geometry.index(end, 0, 0)));
}

}  // namespace

TEST_CASE("examiner: the truth of a synthetic patient raises no doubt") {
  const Findings findings = examined(patient().ct, patient().truth);
  for (const Doubt& doubt : findings.doubts) MESSAGE(doubt.text);
  CHECK(findings.doubts.empty());
  REQUIRE(findings.segments.size() == 4);
  double all = 0;
  for (const SegmentMeasures& one : findings.segments) {
    double bins = 0;
    for (const double bin : one.by_cross_section_ml) bins += bin;
    CHECK(bins == Approx(one.millilitres));
    CHECK(one.millilitres > 5);
    REQUIRE(one.hu);
    all += one.millilitres;
  }
  CHECK(findings.left.artery_ml == Approx(findings.segments[0].millilitres));
  CHECK(findings.left.vein_ml == Approx(findings.segments[1].millilitres));
  CHECK(findings.right.artery_ml + findings.right.vein_ml + findings.left.artery_ml +
            findings.left.vein_ml ==
        Approx(all));
  REQUIRE(findings.left.lung_ml);
  REQUIRE(findings.right.lung_ml);
  CHECK(*findings.left.lung_ml > 500);
}

TEST_CASE("examiner: threads and the order of voxels in memory change nothing") {
  const Findings one = examined(patient().ct, patient().truth, 1);
  const Findings two = examined(patient().ct, patient().truth, 2);
  const Volume volume{reversed(patient().ct.geometry), reversed(patient().ct.hu)};
  const LabelMap map{volume.geometry, reversed(patient().truth.label)};
  const Findings other = examined(volume, map);
  CHECK(other.doubts.empty());
  CHECK(*other.left.lung_ml == Approx(*one.left.lung_ml).epsilon(0.005));
  for (std::size_t k = 0; k < 4; ++k) {
    CAPTURE(k);
    CHECK(two.segments[k].by_cross_section_ml == one.segments[k].by_cross_section_ml);
    CHECK(other.segments[k].voxels == one.segments[k].voxels);
    CHECK(other.segments[k].hu->mean == Approx(one.segments[k].hu->mean));
    for (std::size_t bin = 0; bin < kCrossSections; ++bin) {
      // Thinning peels from the directions in turn, so lines differ by a voxel.
      CHECK(other.segments[k].by_cross_section_ml[bin] ==
            Approx(one.segments[k].by_cross_section_ml[bin]).epsilon(0.1));
    }
  }
}

TEST_CASE(
    "examiner: a grid that is oblique in the patient changes nothing but the lungs' borders") {
  const Findings plain = examined(patient().ct, patient().truth);
  // Turned about the patient's long axis by 12 degrees, as a patient who lies askew is scanned.
  Volume volume = patient().ct;
  const double c = std::cos(0.21);
  const double s = std::sin(0.21);
  auto& m = volume.geometry.voxel_to_lps;
  for (std::size_t column = 0; column < 4; ++column) {
    const double x = m[column];
    const double y = m[4 + column];
    m[column] = c * x - s * y;
    m[4 + column] = s * x + c * y;
  }
  const Findings turned = examined(volume, {volume.geometry, patient().truth.label});
  CHECK(turned.doubts.empty());
  CHECK(*turned.left.lung_ml == Approx(*plain.left.lung_ml).epsilon(0.03));
  CHECK(*turned.right.lung_ml == Approx(*plain.right.lung_ml).epsilon(0.03));
  for (std::size_t k = 0; k < 4; ++k) {
    CAPTURE(k);
    CHECK(turned.segments[k].millilitres == Approx(plain.segments[k].millilitres));
    for (std::size_t bin = 0; bin < kCrossSections; ++bin) {
      CHECK(turned.segments[k].by_cross_section_ml[bin] ==
            Approx(plain.segments[k].by_cross_section_ml[bin]).epsilon(0.01));
    }
  }
}

TEST_CASE("examiner: swapped sides are noticed in all four segments") {
  LabelMap swapped = patient().truth;
  for (auto& label : swapped.label) {
    if (label != 0) label = static_cast<std::uint8_t>((label - 1 + 2) % 4 + 1);
  }
  CHECK(kinds_of(examined(patient().ct, swapped)) == std::vector(4, DoubtKind::kSidesSwapped));
  // A result whose rows were written from the wrong end.
  LabelMap flipped = patient().truth;
  const auto width = static_cast<std::ptrdiff_t>(flipped.geometry.size[2]);
  for (auto row = flipped.label.begin(); row != flipped.label.end(); row += width) {
    std::reverse(row, row + width);
  }
  const auto kinds = kinds_of(examined(patient().ct, flipped));
  CHECK(std::ranges::count(kinds, DoubtKind::kSidesSwapped) == 4);
}

TEST_CASE("examiner: lungs that the first or last slice cuts are noticed") {
  const Geometry& geometry = patient().ct.geometry;
  for (const std::string end : {"the feet", "the head"}) {
    CAPTURE(end);
    const int first = end == "the feet" ? 75 : 0;
    const int last = end == "the feet" ? geometry.size[0] : 75;
    Volume volume = patient().ct;
    LabelMap map = patient().truth;
    keep(volume.hu, geometry, first, last);
    keep(map.label, geometry, first, last);
    const Vec3 origin = geometry.to_lps({0, 0, static_cast<double>(first)});
    volume.geometry.size[0] = last - first;
    for (std::size_t row = 0; row < 3; ++row)
      volume.geometry.voxel_to_lps[row * 4 + 3] = origin[row];
    map.geometry = volume.geometry;
    const Findings findings = examined(volume, map);
    REQUIRE(findings.doubts.size() == 1);
    CHECK(findings.doubts[0].kind == DoubtKind::kFieldOfViewCut);
    CHECK(findings.doubts[0].text.find(end) != std::string::npos);
  }
}

TEST_CASE("examiner: lungs that a round field of view cuts are found, and the cut is noticed") {
  phantom::PhantomOptions options{.phase = {}, .spacing_mm = 2, .size = {150, 150, 180}};
  options.view = {.circle_mm = 230, .padding_hu = -2048};
  const phantom::Phantom cut = phantom::make_phantom(options);
  const Findings findings = examined(cut.ct, cut.truth);
  REQUIRE(findings.doubts.size() == 1);
  CHECK(findings.doubts[0].kind == DoubtKind::kFieldOfViewCut);
  CHECK(findings.doubts[0].text.find("round field of view") != std::string::npos);
  CHECK(findings.left.lung_ml.value_or(0) > 300);
  CHECK(findings.right.lung_ml.value_or(0) > 300);
}

TEST_CASE("examiner: vessels in the neck, and a class that is missing") {
  LabelMap map = patient().truth;
  for (auto& label : map.label) label = label == 4 ? 0 : label;
  for (int z = 140; z < 150; ++z) {
    for (int y = 60; y < 90; ++y) {
      for (int x = 80; x < 110; ++x) map.label[map.geometry.index(z, y, x)] = 1;
    }
  }
  const Findings findings = examined(patient().ct, map);
  CHECK(kinds_of(findings) == std::vector{DoubtKind::kClassMissing, DoubtKind::kOutsideLungs});
  CHECK_FALSE(findings.right.artery_vein_ratio());
  CHECK(findings.left.artery_vein_ratio());
}

TEST_CASE("examiner: volumes are compared with those of the model's manifest") {
  auto classes = standard_classes();
  for (auto& one : classes) one.volume_ml = VolumeRange{1, 500};
  classes[2].volume_ml = VolumeRange{0.5, 1};
  VesselExaminer examiner(classes, 1);
  const auto findings =
      examiner.examine(patient().ct, patient().truth, model_of(standard_segments()), {});
  REQUIRE(findings);
  CHECK(kinds_of(*findings) == std::vector{DoubtKind::kImplausibleVolume});
}

TEST_CASE("examiner: labels come from the model whose result it is") {
  auto segments = standard_segments();
  segments[1].label = "Veins, left";
  LabelMap map = patient().truth;
  for (auto& label : map.label) label = label == 2 ? 0 : label;
  VesselExaminer examiner(standard_classes(), 1);
  const auto findings = examiner.examine(patient().ct, map, model_of(segments), {});
  REQUIRE(findings);
  REQUIRE(findings->doubts.size() == 1);
  CHECK(findings->doubts[0].text.starts_with("Veins, left: "));
}

TEST_CASE("examiner: an empty result, and a volume without lungs") {
  const Geometry geometry = test::geometry_of({30, 30, 30}, {3, 3, 3});
  const Findings findings = examined(test::volume_of(geometry, 40), test::empty_map(geometry));
  CHECK(kinds_of(findings) == std::vector{DoubtKind::kNothingFound});
  CHECK_FALSE(findings.left.lung_ml);
  CHECK_FALSE(findings.segments[0].hu);
}

TEST_CASE("examiner: what does not fit together is refused") {
  const Geometry geometry = test::geometry_of({5, 6, 7}, {1, 1, 1});
  const Volume volume = test::volume_of(geometry, 0);
  const LabelMap map = test::empty_map(geometry);
  VesselExaminer examiner(standard_classes(), 1);
  const ModelInfo model = model_of(standard_segments());
  const auto code = [&](const Volume& v, const LabelMap& l, const ModelInfo& m) {
    const auto findings = examiner.examine(v, l, m, {});
    REQUIRE_FALSE(findings);
    return findings.error().code;
  };
  CHECK(examiner.examine(volume, map, model, {}));
  LabelMap other = test::empty_map(test::geometry_of({6, 5, 7}, {1, 1, 1}));
  CHECK(code(volume, other, model) == ErrorCode::kInvalidInput);
  Volume short_volume = volume;
  short_volume.hu.pop_back();
  CHECK(code(short_volume, map, model) == ErrorCode::kInvalidInput);
  other = map;
  other.label[3] = 5;
  CHECK(code(volume, other, model) == ErrorCode::kInvalidInput);
  CHECK(code(volume, map, model_of({standard_segments()[0]})) == ErrorCode::kInvalidInput);
  Volume flat = volume;
  flat.geometry.voxel_to_lps = {};
  CHECK(code(flat, map, model) == ErrorCode::kInvalidInput);
  other = map;
  other.geometry.voxel_to_lps = {};
  CHECK(code(volume, other, model) == ErrorCode::kInvalidInput);
}

TEST_CASE("examiner: stops when asked to") {
  std::stop_source source;
  source.request_stop();
  VesselExaminer examiner(standard_classes(), 1);
  const auto findings = examiner.examine(patient().ct, patient().truth,
                                         model_of(standard_segments()), source.get_token());
  REQUIRE_FALSE(findings);
  CHECK(findings.error().code == ErrorCode::kCancelled);
}
