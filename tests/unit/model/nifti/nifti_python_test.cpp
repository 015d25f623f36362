#include <doctest/doctest.h>

#include <fstream>
#include <numeric>
#include <string>

#include "model/nifti/nifti.h"
#include "tests/support/process.h"

using namespace hilum;
using namespace hilum::model;

namespace {

// Debian's own Python, whose packages are Debian's; another one in PATH has others.
constexpr const char* kPython = "/usr/bin/python3";

bool have_nibabel() {
  if (!std::filesystem::exists(kPython)) return false;
  test::Process probe({kPython, "-c", "import nibabel"});
  return probe.wait() == 0;
}

std::string run_python(const std::string& code, const std::filesystem::path& file) {
  test::Process process({kPython, "-c", code, file.string()});
  const auto status = process.wait();
  CHECK_MESSAGE(status == 0, process.output());
  return process.output();
}

/// An oblique, left-handed grid with three different steps.
Geometry oblique() {
  Geometry geometry;
  geometry.size = {4, 3, 2};
  geometry.voxel_to_lps = {0.6, -0.8, 0, -120.5, 0.4, 0.3, 0, 33.25, 0, 0, -2, 70, 0, 0, 0, 1};
  geometry.voxel_to_lps[4] = 0.8;
  geometry.voxel_to_lps[5] = 0.6;
  return geometry;
}

}  // namespace

TEST_CASE("nifti: nibabel reads our files as we meant them") {
  if (!have_nibabel()) {
    MESSAGE("skipped: python3-nibabel is not installed");
    return;
  }
  const test::TempDir dir;
  Volume volume{oblique(), std::vector<std::int16_t>(24)};
  std::iota(volume.hu.begin(), volume.hu.end(), std::int16_t{-1000});
  REQUIRE(write_nifti(dir / "a.nii.gz", volume, "kind"));
  // Voxel x = 1, y = 2, z = 3 is the last: -977 at LPS to_lps(1, 2, 3), RAS with two signs changed.
  const Vec3 lps = volume.geometry.to_lps({1, 2, 3});
  const std::string text = run_python(
      "import sys,nibabel,numpy\n"
      "n=nibabel.load(sys.argv[1])\n"
      "d=numpy.asanyarray(n.dataobj)\n"
      "q=n.affine@[1,2,3,1]\n"
      "assert numpy.allclose(n.get_qform(),n.get_sform(),atol=1e-4),n.get_qform()\n"
      "print(d.dtype,d.shape,d[1,2,3],*['%.3f'%v for v in q[:3]],n.header.get_xyzt_units()[0])\n",
      dir / "a.nii.gz");
  char expected[128];
  std::snprintf(expected, sizeof expected, "int16 (2, 3, 4) -977 %.3f %.3f %.3f mm\n", -lps[0],
                -lps[1], lps[2]);
  CHECK(text == expected);
}

TEST_CASE("nifti: nibabel's files are read as it meant them, NIfTI-1 and NIfTI-2") {
  if (!have_nibabel()) {
    MESSAGE("skipped: python3-nibabel is not installed");
    return;
  }
  for (const char* image : {"Nifti1Image", "Nifti2Image"}) {
    const test::TempDir dir;
    run_python(std::string("import sys,nibabel,numpy\n"
                           "a=numpy.array([[0,0,3,10],[-1,0,0,20],[0,2,0,30],[0,0,0,1.]])\n"
                           "d=numpy.arange(24,dtype=numpy.float32).reshape(2,3,4)\n"
                           "nibabel.save(nibabel.") +
                   image + "(d,a),sys.argv[1])\n",
               dir / "a.nii.gz");
    const auto labels = read_nifti_labels(dir / "a.nii.gz");
    REQUIRE_MESSAGE(labels, labels.error().message);
    CHECK(labels->geometry.size == std::array<int, 3>{4, 3, 2});
    // d[1, 2, 3] = 23 at RAS (10 + 9, 20 - 1, 30 + 4).
    CHECK(labels->label[labels->geometry.index(3, 2, 1)] == 23);
    CHECK(labels->label[labels->geometry.index(0, 2, 1)] == 20);
    const Vec3 lps = labels->geometry.to_lps({1, 2, 3});
    CHECK(lps[0] == doctest::Approx(-19));
    CHECK(lps[1] == doctest::Approx(-19));
    CHECK(lps[2] == doctest::Approx(34));
  }
}
