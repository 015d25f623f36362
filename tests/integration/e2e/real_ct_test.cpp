// Real CT (see the README beside the data), through `hilum serve`, from a real sender into a real
// PACS. Not part of the project: skipped where it is absent.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "dicomseg/ct_reader.h"
#include "dicomseg/seg_reader.h"
#include "tests/support/orthanc.h"
#include "tests/support/served_node.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  return files;
}

}  // namespace

TEST_CASE("real CT: sent by dcmsend, segmented, and its SEG lies on the CT's grid in Orthanc") {
  const std::filesystem::path data = std::filesystem::path(HILUM_SHARED_DIR) / "data";
  if (!std::filesystem::is_directory(data)) {
    MESSAGE("skipped: the real CT series are not here");
    return;
  }
  const TempDir dir;
  const Orthanc pacs;
  ServedNode node(Orthanc::kAeTitle, pacs.dicom_port(), {.width = 2, .overlap = 0});
  node.start();
  std::size_t series = 0;
  for (const char* name : {"ct_philips_5mm", "ct_siemens_8mm"}) {
    CAPTURE(name);
    Process sender({"dcmsend", "-aet", ServedNode::kSender, "-aec", ServedNode::kAeTitle, "+sd",
                    "127.0.0.1", fmt::to_string(node.port()), (data / name).string()});
    REQUIRE(sender.wait(60s) == 0);
    auto segs = pacs.instances("SEG");
    for (const auto deadline = std::chrono::steady_clock::now() + 240s;
         segs.size() <= series && std::chrono::steady_clock::now() < deadline;) {
      segs = pacs.wait_for_instances("SEG", "", 1s);
      REQUIRE_MESSAGE(node.jobs_json().find("failed") == std::string::npos, node.jobs_json());
    }
    REQUIRE(segs.size() == ++series);

    const auto source = dicomseg::CtReader{}.read(files_in(data / name), {});
    REQUIRE(source.has_value());
    bool found = false;
    for (const std::string& instance : segs) {
      pacs.download(instance, dir / "seg.dcm");
      const auto seg = dicomseg::read_seg(dir / "seg.dcm");
      REQUIRE(seg.has_value());
      CHECK(seg->segments.size() == 4);
      // Only the SEG of this series fits its frame of reference; then every frame must be on it.
      if (seg->frame_of_reference != source->volume.geometry.frame->str()) continue;
      found = true;
      const auto labels = dicomseg::place_on(*seg, *source);
      CHECK_MESSAGE(labels.has_value(), (labels ? "" : labels.error().message));
    }
    CHECK(found);
  }
}
