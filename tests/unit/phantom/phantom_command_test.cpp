// `hilum phantom` in this process, with few voxels.
#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/phantom_options.h"
#include "model/nifti/nifti.h"
#include "model/phantom/phantom.h"
#include "tests/support/process.h"

using namespace hilum;
namespace fs = std::filesystem;

namespace {

/// The exit status; -1 where the arguments themselves are refused.
int run(const std::string& arguments) {
  CLI::App app;
  int exit_code = 0;
  admin::add_phantom(app, exit_code);
  try {
    app.parse("phantom " + arguments);
  } catch (const CLI::ParseError&) {
    return -1;
  }
  return exit_code;
}

/// What a tool prints about these files.
std::string said_by(const std::string& tool, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), tool);
  test::Process process(std::move(arguments));
  REQUIRE(process.wait().has_value());
  return process.output();
}

/// Without a word about errors, warnings or disagreement.
void check_with_dicom3tools(const fs::path& ct, const fs::path& seg) {
  if (!test::tool_available("dciodvfy") || !test::tool_available("dcentvfy")) {
    MESSAGE("dciodvfy or dcentvfy is not installed");
    return;
  }
  for (const fs::path& file : {ct / "0001.dcm", ct / "0020.dcm", seg}) {
    const std::string said = said_by("dciodvfy", {"-new", file.string()});
    CAPTURE(said);
    CHECK(said.find("Error") == std::string::npos);
    CHECK(said.find("Warning") == std::string::npos);
  }
  const std::string agreed = said_by("dcentvfy", {(ct / "0001.dcm").string(), seg.string()});
  CHECK(agreed == "");
}

}  // namespace

TEST_CASE("hilum phantom: a DICOM series and its truth pass dciodvfy, at any spacing") {
  const test::TempDir dir;
  const fs::path ct = dir / "ct";
  const fs::path seg = dir / "truth.dcm";
  REQUIRE(run("--seed 7 --spacing 5.3 --slice-spacing 7.1 --phase venous --out " + ct.string() +
              " --truth " + seg.string()) == 0);
  CHECK(std::distance(fs::directory_iterator(ct), fs::directory_iterator()) == 42);
  check_with_dicom3tools(ct, seg);
}

TEST_CASE("hilum phantom: a NIfTI pair is the volume of the generator") {
  const test::TempDir dir;
  const fs::path out = dir / "pair";
  REQUIRE(run("--seed 7 --spacing 6 --size 20 40 50 --healthy --phase aortic --nifti --out " +
              out.string()) == 0);
  const auto ct = model::read_nifti_ct(out / "ct.nii.gz");
  const auto labels = model::read_nifti_labels(out / "labels.nii.gz");
  REQUIRE(ct);
  REQUIRE(labels);
  phantom::PhantomOptions options;
  options.seed = 7;
  options.phase = phantom::Phase::kAortic;
  options.disease = phantom::PhantomOptions::Disease::kNone;
  options.spacing_mm = 6;
  options.size = {20, 40, 50};
  const phantom::Phantom same = make_phantom(options);
  CHECK(ct->hu == same.ct.hu);
  CHECK(labels->label == same.truth.label);
  CHECK(test::read_file(out / "list.csv").find("ct.nii.gz,labels.nii.gz,all,train,synthetic") !=
        std::string::npos);
}

TEST_CASE("hilum phantom: what cannot be is refused before anything is written") {
  const test::TempDir dir;
  const std::string out = " --out " + (dir / "x").string();
  CHECK(run("--seed 1") == -1);
  for (const char* wrong :
       {"--seed -1", "--seed one", "--spacing 0", "--phase late", "--training --shifted",
        "--training --spacing 2", "--size 10 10", "--nifti --truth t.dcm", "--nifti --dicom"}) {
    CAPTURE(wrong);
    CHECK(run(wrong + out) == -1);
  }
  CHECK(run("--spacing 2 --slice-spacing 1" + out) == admin::kExitFailed);
  CHECK(run("--spacing 0.3" + out) == admin::kExitFailed);
  CHECK_FALSE(fs::exists(dir / "x"));
}

TEST_CASE("hilum phantom: different options of one seed have different UIDs") {
  admin::PhantomCommand usual;
  usual.seed = 3;
  admin::PhantomCommand other = usual;
  CHECK(identity_of(other) == identity_of(usual));
  other.phase = "venous";
  CHECK(identity_of(other) != identity_of(usual));
  other = usual;
  other.training = true;
  CHECK(identity_of(other) != identity_of(usual));
}
