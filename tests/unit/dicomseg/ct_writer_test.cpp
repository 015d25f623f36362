#include "dicomseg/ct_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/dicomseg/read_series.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

TEST_CASE("CT writer: dciodvfy has no complaint") {
  if (!test::installed("dciodvfy")) {
    MESSAGE("dciodvfy is not installed");
    return;
  }
  const test::TempDir dir;
  const auto files = write(axial_volume(), dir);
  const auto verified = test::run_command("dciodvfy -new " + files[0].string());
  CHECK(verified.output.find("Error") == std::string::npos);
  CHECK(verified.output.find("Warning") == std::string::npos);
  CAPTURE(verified.output);
  CHECK(verified.exit_status == 0);
}

TEST_CASE("CT writer: volumes and options that do not fit are refused") {
  const test::TempDir dir;
  Volume volume = axial_volume();
  CHECK_FALSE(write_ct_series(volume, {.rescale = {{1, 0}, {1, 0}}}, dir.path()));
  CHECK_FALSE(write_ct_series(volume, {.format = {.bits_allocated = 8}}, dir.path()));
  volume.geometry.voxel_to_lps[1] = 0.3;  // rows and columns no longer at a right angle
  CHECK_FALSE(write_ct_series(volume, {}, dir.path()));
  CHECK_FALSE(write_ct_series({}, {}, dir.path()));
}
