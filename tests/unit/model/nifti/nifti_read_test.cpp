#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "model/nifti/nifti.h"
#include "tests/unit/model/nifti/raw_nifti.h"

using namespace hilum;
using namespace hilum::model;
using test::Endian;
using test::RawNifti;

namespace {

constexpr auto kEps = 1e-5;

void check_position(const Geometry& geometry, const Vec3& xyz, const Vec3& lps) {
  const Vec3 found = geometry.to_lps(xyz);
  for (std::size_t i = 0; i < 3; ++i) CHECK(found[i] == doctest::Approx(lps[i]).epsilon(kEps));
}

/// Four voxels of type T, in both byte orders.
template <class T>
void check_type(int code, const std::vector<T>& values, const std::vector<std::int16_t>& hu) {
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    CAPTURE(code);
    const test::TempDir dir;
    RawNifti file = test::small_nifti(code, static_cast<int>(sizeof(T) * 8), endian);
    for (const T value : values) file.voxel(value);
    const auto volume = read_nifti_ct(file.save(dir));
    REQUIRE_MESSAGE(volume, volume.error().message);
    CHECK(volume->hu == hu);
  }
}

}  // namespace

TEST_CASE("nifti: a voxel lies where the sform says, first index fastest") {
  const test::TempDir dir;
  // i runs to the patient's left (R decreases), j to posterior, k to the head; one-byte voxels.
  RawNifti file;
  file.dims({3, 2, 2}).type(2, 8).sform({-0.5F, 0, 0, 100, 0, -0.75F, 0, 50, 0, 0, 2, -300});
  for (int i = 0; i < 12; ++i) file.voxel(static_cast<std::uint8_t>(10 + i));
  const auto volume = read_nifti_ct(file.save(dir));
  REQUIRE_MESSAGE(volume, volume.error().message);
  CHECK(volume->geometry.size == std::array<int, 3>{2, 2, 3});
  CHECK(volume->hu[volume->geometry.index(0, 0, 0)] == 10);
  CHECK(volume->hu[volume->geometry.index(0, 0, 2)] == 12);
  CHECK(volume->hu[volume->geometry.index(0, 1, 0)] == 13);
  CHECK(volume->hu[volume->geometry.index(1, 1, 2)] == 21);
  // RAS (100, 50, -300) is LPS (-100, -50, -300).
  check_position(volume->geometry, {0, 0, 0}, {-100, -50, -300});
  check_position(volume->geometry, {2, 1, 1}, {-99, -49.25, -298});
}

TEST_CASE("nifti: permuted and flipped axes keep each voxel's place in the patient") {
  const test::TempDir dir;
  // A sagittal stack: i to anterior, j to the head, k to the patient's right.
  RawNifti file;
  file.dims({2, 3, 2}).type(2, 8).sform({0, 0, 4, -60, 2, 0, 0, 10, 0, 3, 0, -20});
  for (int i = 0; i < 12; ++i) file.voxel(static_cast<std::uint8_t>(i));
  const auto labels = read_nifti_labels(file.save_compressed(dir));
  REQUIRE_MESSAGE(labels, labels.error().message);
  // Voxel i = 1, j = 2, k = 1 is the last of the file: RAS (-56, 12, -14).
  CHECK(labels->label[labels->geometry.index(1, 2, 1)] == 11);
  check_position(labels->geometry, {1, 2, 1}, {56, -12, -14});
}

TEST_CASE("nifti: the qform counts when there is no sform, and only then") {
  const test::TempDir dir;
  // Half a turn about the head-feet axis (quaternion d = 1), steps 2, 3, 4, k reversed by qfac.
  RawNifti file;
  file.dims({2, 1, 2}).type(2, 8).qform({0, 0, 1, 7, 8, 9}, {-1, 2, 3, 4});
  for (int i = 0; i < 4; ++i) file.voxel(static_cast<std::uint8_t>(i));
  const auto volume = read_nifti_ct(file.save(dir));
  REQUIRE_MESSAGE(volume, volume.error().message);
  check_position(volume->geometry, {0, 0, 0}, {-7, -8, 9});
  check_position(volume->geometry, {1, 0, 0}, {-5, -8, 9});
  check_position(volume->geometry, {0, 0, 1}, {-7, -8, 5});

  file.sform({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0});
  const auto preferred = read_nifti_ct(file.save(dir));
  REQUIRE(preferred);
  check_position(preferred->geometry, {1, 0, 1}, {-1, 0, 1});
}

TEST_CASE("nifti: lengths in metres and micrometres become millimetres") {
  for (const auto& [unit, factor] : {std::pair{1, 1e3}, {2, 1.0}, {3, 1e-3}, {0, 1.0}}) {
    const test::TempDir dir;
    RawNifti file = test::small_nifti(2, 8);
    file.set(123, static_cast<std::int8_t>(unit));
    for (int i = 0; i < 4; ++i) file.voxel(std::uint8_t{0});
    const auto volume = read_nifti_ct(file.save(dir));
    REQUIRE_MESSAGE(volume, volume.error().message);
    CHECK(volume->geometry.step_mm(0)[0] == doctest::Approx(-factor));
  }
}

TEST_CASE("nifti: every voxel type in both byte orders") {
  check_type<std::uint8_t>(2, {0, 1, 200, 255}, {0, 1, 200, 255});
  check_type<std::int8_t>(256, {-128, -1, 0, 127}, {-128, -1, 0, 127});
  check_type<std::int16_t>(4, {-1024, 3071, -32768, 32767}, {-1024, 3071, -32768, 32767});
  check_type<std::uint16_t>(512, {0, 258, 32767, 65535}, {0, 258, 32767, 32767});
  check_type<std::int32_t>(8, {-70000, -2, 66, 70000}, {-32768, -2, 66, 32767});
  check_type<std::uint32_t>(768, {0, 1, 513, 4000000000U}, {0, 1, 513, 32767});
  check_type<std::int64_t>(1024, {-1, 1LL << 40, 5, -(1LL << 40)}, {-1, 32767, 5, -32768});
  check_type<std::uint64_t>(1280, {0, 9, ~0ULL, 770}, {0, 9, 32767, 770});
  check_type<float>(16, {-0.6F, 0.4F, 99.5F, -1e30F}, {-1, 0, 100, -32768});
  check_type<double>(64, {-1000.4, 1e300, 2.5, -2.5}, {-1000, 32767, 3, -3});
}

TEST_CASE("nifti: slope and intercept are applied, a slope of 0 means none") {
  const test::TempDir dir;
  RawNifti file = test::small_nifti(512, 16);
  for (const int value : {0, 1, 2, 4000}) file.voxel(static_cast<std::uint16_t>(value));
  file.scale(0.5F, -1000);
  CHECK(read_nifti_ct(file.save(dir))->hu == std::vector<std::int16_t>{-1000, -1000, -999, 1000});
  file.scale(0, -1000);
  CHECK(read_nifti_ct(file.save(dir))->hu == std::vector<std::int16_t>{0, 1, 2, 4000});
}

TEST_CASE("nifti: labels may be stored as floats but must be whole numbers 0..254") {
  const test::TempDir dir;
  const auto with = [&](float value) {
    RawNifti file = test::small_nifti(16, 32);
    file.voxel(0.0F).voxel(1.0F).voxel(value).voxel(254.0F);
    return read_nifti_labels(file.save(dir));
  };
  CHECK(with(4)->label == std::vector<std::uint8_t>{0, 1, 4, 254});
  CHECK(with(2.9999F)->label[2] == 3);
  for (const float bad : {0.5F, -1.0F, 255.0F, std::numeric_limits<float>::quiet_NaN(), 1e20F}) {
    CAPTURE(bad);
    const auto labels = with(bad);
    REQUIRE_FALSE(labels);
    CHECK(labels.error().code == ErrorCode::kInvalidInput);
    CHECK(labels.error().message.find("voxel (0, 1, 0) is") != std::string::npos);
    CHECK(labels.error().message.find("whole numbers 0..254") != std::string::npos);
  }
}

TEST_CASE("nifti: a fourth dimension of one is accepted, more frames are not") {
  const test::TempDir dir;
  RawNifti file = test::small_nifti(2, 8);
  for (int i = 0; i < 8; ++i) file.voxel(static_cast<std::uint8_t>(i));
  file.set<std::int16_t>(40, 4).set<std::int16_t>(48, 1);
  REQUIRE(read_nifti_ct(file.save(dir)));
  file.set<std::int16_t>(48, 2);
  const auto two = read_nifti_ct(file.save(dir));
  REQUIRE_FALSE(two);
  CHECK(two.error().code == ErrorCode::kUnsupported);
  CHECK(two.error().message.find("dimension 4 is 2") != std::string::npos);
}

TEST_CASE("nifti: header extensions before the voxels are skipped, the description is read") {
  const test::TempDir dir;
  RawNifti file = test::small_nifti(2, 8);
  const std::string text = "synthetic\x01";
  for (std::size_t i = 0; i < text.size(); ++i) file.set(148 + i, text[i]);
  file.set<float>(108, 416.0F);
  file.bytes().resize(416, 'x');
  for (int i = 0; i < 4; ++i) file.voxel(static_cast<std::uint8_t>(7 + i));
  CHECK(read_nifti_ct(file.save(dir))->hu == std::vector<std::int16_t>{7, 8, 9, 10});
  CHECK(inspect_nifti(file.save(dir))->description == "synthetic?");
}
