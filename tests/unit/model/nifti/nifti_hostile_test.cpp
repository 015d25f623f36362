#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "model/nifti/nifti.h"
#include "tests/unit/model/nifti/raw_nifti.h"

using namespace hilum;
using namespace hilum::model;
using test::RawNifti;

namespace {

RawNifti good_file() {
  RawNifti file = test::small_nifti(4, 16);
  for (int i = 0; i < 4; ++i) file.voxel(static_cast<std::int16_t>(i));
  return file;
}

/// The error of a good file after `spoil`; says which when there is none.
Error error_after(const std::function<void(RawNifti&)>& spoil) {
  const test::TempDir dir;
  RawNifti file = good_file();
  REQUIRE(read_nifti_ct(file.save(dir)));
  spoil(file);
  const auto volume = read_nifti_ct(file.save(dir));
  REQUIRE_FALSE(volume);
  CHECK(volume.error().message.starts_with("read " + (dir / "a.nii").string() + ": "));
  CHECK_FALSE(read_nifti_labels(dir / "a.nii"));
  CHECK_FALSE(inspect_nifti(dir / "a.nii"));
  return volume.error();
}

void check_refused(const std::function<void(RawNifti&)>& spoil, ErrorCode code,
                   const std::string& words) {
  const Error error = error_after(spoil);
  CHECK(error.code == code);
  CHECK_MESSAGE(error.message.find(words) != std::string::npos, error.message);
}

constexpr auto kInvalid = ErrorCode::kInvalidInput;
constexpr auto kUnsupported = ErrorCode::kUnsupported;

}  // namespace

TEST_CASE("nifti: impossible dimensions are refused before anything is allocated") {
  check_refused([](RawNifti& f) { f.set<std::int16_t>(42, -2); }, kInvalid, "dimension 1 is -2");
  check_refused([](RawNifti& f) { f.set<std::int16_t>(46, 0); }, kInvalid, "dimension 3 is 0");
  check_refused([](RawNifti& f) { f.set<std::int16_t>(40, 2); }, kUnsupported, "2 dimensions");
  check_refused([](RawNifti& f) { f.set<std::int16_t>(40, 8); }, kUnsupported, "8 dimensions");
  check_refused([](RawNifti& f) { f.set<std::int16_t>(40, -1); }, kUnsupported, "-1 dimensions");
  check_refused([](RawNifti& f) { f.dims({32767, 32767, 32767}); }, kUnsupported, "are more than");
  // Within the limit, but not in a file of 360 bytes.
  check_refused([](RawNifti& f) { f.dims({1024, 1024, 1000}); }, kInvalid, "too short");
}

TEST_CASE("nifti: types, bits and offsets that do not fit are refused") {
  check_refused([](RawNifti& f) { f.type(128, 24); }, kUnsupported, "voxel type 128");
  check_refused([](RawNifti& f) { f.type(32, 64); }, kUnsupported, "voxel type 32");
  check_refused([](RawNifti& f) { f.type(0, 16); }, kUnsupported, "voxel type 0");
  check_refused([](RawNifti& f) { f.type(4, 8); }, kInvalid, "8 bits per voxel");
  check_refused([](RawNifti& f) { f.type(4, -16); }, kInvalid, "-16 bits per voxel");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float offset : {-1.0F, 347.0F, 1e9F, 1e38F, nan}) {
    check_refused([=](RawNifti& f) { f.set<float>(108, offset); }, kInvalid, "offset");
  }
}

TEST_CASE("nifti: a grid without a sound place in the patient is refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  check_refused([](RawNifti& f) { f.set<std::int16_t>(254, 0); }, kInvalid,
                "neither sform nor qform");
  check_refused(
      [](RawNifti& f) {
        f.sform({1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0});
      },
      kInvalid, "singular");
  check_refused(
      [=](RawNifti& f) {
        f.sform({nan, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0});
      },
      kInvalid, "sform holds");
  check_refused(
      [](RawNifti& f) {
        f.sform({1, 0, 0, 1e30F, 0, 1, 0, 0, 0, 0, 1, 0});
      },
      kInvalid, "sform holds");
  check_refused(
      [](RawNifti& f) {
        f.set<std::int16_t>(254, 0).qform({0, 0, 0, 0, 0, 0}, {1, 1, 0, 1}).set<float>(84, 0);
        f.set<float>(256, std::numeric_limits<float>::infinity());
      },
      kInvalid, "qform");
}

TEST_CASE("nifti: other files are told apart") {
  check_refused([](RawNifti& f) { f.bytes().assign(400, 'P'); }, kInvalid, "does not start");
  check_refused([](RawNifti& f) { f.bytes().clear(); }, kInvalid, "0 of 348");
  check_refused([](RawNifti& f) { f.bytes().resize(347); }, kInvalid, "347 of 348");
  check_refused([](RawNifti& f) { f.bytes()[345] = 'x'; }, kInvalid, "magic");
  check_refused(
      [](RawNifti& f) {
        f.bytes()[345] = 'i';
        f.bytes()[344] = 'n';
      },
      kUnsupported, ".hdr/.img");
  const test::TempDir dir;
  CHECK(read_nifti_ct(dir / "none.nii").error().code == ErrorCode::kNotFound);
  CHECK(read_nifti_ct(dir.path()).error().code == kInvalid);
}

TEST_CASE("nifti: truncated and damaged files are noticed, compressed or not") {
  check_refused([](RawNifti& f) { f.bytes().pop_back(); }, kInvalid, "truncated");

  const test::TempDir dir;
  RawNifti file;
  file.dims({40, 40, 40}).type(4, 16).sform({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0});
  for (int i = 0; i < 64000; ++i) file.voxel(static_cast<std::int16_t>(i * 2654435761U >> 7));
  const std::string whole = test::read_file(file.save_compressed(dir));
  REQUIRE(read_nifti_ct(dir / "a.nii.gz"));
  // 4: within the checksum; 9: the voxels are all there, the checksum is not.
  for (const std::size_t missing : {std::size_t{4}, std::size_t{9}, whole.size() / 2}) {
    CAPTURE(missing);
    test::write_file(dir / "a.nii.gz", whole.substr(0, whole.size() - missing));
    const auto volume = read_nifti_ct(dir / "a.nii.gz");
    REQUIRE_FALSE(volume);
    CHECK(volume.error().code == kInvalid);
    CHECK(volume.error().message.find("truncated") != std::string::npos);
  }
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 0x10);
  test::write_file(dir / "a.nii.gz", damaged);
  CHECK(read_nifti_ct(dir / "a.nii.gz").error().code == kInvalid);
}

TEST_CASE("nifti: any single byte of a header may be wrong without harm") {
  const test::TempDir dir;
  int refused = 0;
  for (std::size_t at = 0; at < 352; ++at) {
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      RawNifti file = good_file();
      file.bytes()[at] = static_cast<char>(value);
      const auto volume = read_nifti_ct(file.save(dir));
      if (!volume) ++refused;
      if (volume) CHECK(volume->hu.size() == volume->geometry.voxel_count());
    }
  }
  CHECK(refused > 20);
}
