#include "tests/integration/e2e/sent_ct.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_reader.h"
#include "tests/support/process.h"

namespace hilum::test {

using namespace std::chrono_literals;

SentCt write_marked_ct(const Placement& placement, const std::string& seed, const TempDir& dir) {
  SentCt sent{make_marked_ct(placement), derived_uid("study " + seed), dir / seed, {}};
  std::filesystem::create_directories(sent.directory);
  dicomseg::CtSeriesOptions options;
  options.seed = seed;
  options.study = *StudyUid::parse(sent.study);
  options.numbering = dicomseg::CtSeriesOptions::Numbering::kShuffled;
  auto written = dicomseg::write_ct_series(sent.ct.volume, options, sent.directory);
  REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().message));
  sent.files = *std::move(written);
  return sent;
}

void run_tool(std::vector<std::string> argv) {
  Process tool(std::move(argv));
  const auto status = tool.wait(60s);
  INFO(tool.output());
  REQUIRE(status == 0);
}

void storescu(const std::string& aet, const std::string& aec, std::uint16_t port,
              const std::filesystem::path& directory) {
  run_tool({"storescu", "-aet", aet, "-aec", aec, "+sd", "127.0.0.1", fmt::to_string(port),
            directory.string()});
}

void check_seg(const std::filesystem::path& file, const SentCt& sent) {
  const auto seg = dicomseg::read_seg(file);
  REQUIRE_MESSAGE(seg.has_value(), (seg ? "" : seg.error().message));
  CHECK(seg->study == sent.study);
  CHECK(seg->segments.size() == 4);
  const auto found = points_of(*seg);
  CHECK(found.size() == sent.ct.points.size());
  CHECK(same_points(found, sent.ct.points));
}

/// What viewers get from the PACS frame by frame is what the file has. Precondition: a frame of it
/// is a whole number of bytes.
static void check_frames(const Orthanc& pacs, const std::string& instance, const TempDir& dir) {
  const auto seg = dicomseg::read_seg(dir / "seg.dcm");
  REQUIRE(seg.has_value());
  const auto bytes = static_cast<std::size_t>(seg->rows * seg->columns) / 8;
  const std::string pixels(seg->pixels.begin(), seg->pixels.end());
  for (const std::size_t frame : {std::size_t{0}, seg->frames.size() - 1}) {
    pacs.download_frame(instance, frame, dir / "frame");
    CHECK((read_file(dir / "frame") == pixels.substr(frame * bytes, bytes)));
  }
}

void check_delivered(const Orthanc& pacs, const SentCt& sent, NodeFixture& node,
                     const TempDir& dir) {
  const auto segs = pacs.wait_for_instances("SEG", sent.study);
  if (segs.empty()) {
    const auto jobs = node.store().jobs(std::nullopt, 10);
    for (const auto& job : *jobs) MESSAGE(to_string(job.state), " ", job.message);
  }
  REQUIRE(segs.size() == 1);
  pacs.download(segs.front(), dir / "seg.dcm");
  check_seg(dir / "seg.dcm", sent);
  check_frames(pacs, segs.front(), dir);
}

}  // namespace hilum::test
