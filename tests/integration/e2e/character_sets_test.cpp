// Names in any script go from the CT to the SEG that arrives in a PACS, byte for byte.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/support/orthanc.h"
#include "tests/support/process.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

struct Names {
  std::string what;
  std::string character_set;
  std::string patient_name;
  /// Debian's DCMTK converts by glibc, which has no Japanese character set by the name of DICOM's.
  bool dcmdump_reads_it = false;
  std::string in_utf8 = {};  ///< a part of the name, as dcmdump shows it
};

/// An element in Explicit VR Little Endian, as it lies in the file.
std::string element(std::uint16_t group, std::uint16_t number, const char* vr, std::string value) {
  if (value.size() % 2 != 0) value.push_back(' ');
  std::string bytes;
  for (const auto part : {group, number}) {
    bytes.push_back(static_cast<char>(part & 0xFF));
    bytes.push_back(static_cast<char>(part >> 8));
  }
  bytes += vr;
  bytes.push_back(static_cast<char>(value.size() & 0xFF));
  bytes.push_back(static_cast<char>(value.size() >> 8));
  return bytes + value;
}

}  // namespace

TEST_CASE("character sets: Japanese, Korean, Chinese and UTF-8 names survive from CT to PACS") {
  const std::vector<Names> all{
      // PS3.5 H.3.1. In JIS X 0208 the bytes of a character may be those of '\', '^' and '='.
      {"japanese", "\\ISO 2022 IR 87",
       "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"},
      {"japanese with delimiters", "\\ISO 2022 IR 87", "A^B=\x1b$B;\\=^^=\x1b(B^\x1b$BB\\\x1b(B"},
      {"japanese half width", "ISO 2022 IR 13\\ISO 2022 IR 87",
       "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"},
      // PS3.5 I.2.
      {"korean", "\\ISO 2022 IR 149",
       "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)"
       "C\xb1\xe6\xb5\xbf",
       true, "\xe6\xb4\xaa"},
      {"utf-8", "ISO_IR 192", "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1", true,
       "\xe7\x8e\x8b"},
      {"chinese", "GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", true, "\xe7\x8e\x8b"},
  };
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  for (const Names& names : all) {
    CAPTURE(names.what);
    const auto directory = dir / names.what;
    std::filesystem::create_directories(directory);
    dicomseg::CtSeriesOptions options;
    options.seed = names.what;
    options.study = *StudyUid::parse(derived_uid("study " + names.what));
    options.character_set = names.character_set;
    options.patient_name = names.patient_name;
    const auto written =
        dicomseg::write_ct_series(make_marked_ct(placements().front()).volume, options, directory);
    REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().message));
    const auto character_set = element(0x0008, 0x0005, "CS", names.character_set);
    const auto patient_name = element(0x0010, 0x0010, "PN", names.patient_name);
    const std::string ct = read_file(written->front());
    REQUIRE(ct.find(character_set) != std::string::npos);
    REQUIRE(ct.find(patient_name) != std::string::npos);

    Process sender({"storescu", "-aet", NodeFixture::kSender, "-aec", "HILUM", "+sd", "127.0.0.1",
                    fmt::to_string(node.port()), directory.string()});
    REQUIRE(sender.wait(60s) == 0);
    const auto segs = pacs.wait_for_instances("SEG", options.study->str());
    REQUIRE(segs.size() == 1);
    pacs.download(segs.front(), dir / "seg.dcm");
    const std::string seg = read_file(dir / "seg.dcm");
    CHECK(seg.find(character_set) != std::string::npos);
    CHECK(seg.find(patient_name) != std::string::npos);
    // Our own texts stand beside the name in a part of the character set that all of these share.
    CHECK(seg.find("Pulmonary vessels (AI)") != std::string::npos);
    if (!names.dcmdump_reads_it) continue;
    Process reader({"dcmdump", "+U8", "+L", "-q", "+P", "0010,0010", "+P", "0008,103e",
                    (dir / "seg.dcm").string()});
    CHECK(reader.wait() == 0);
    CHECK_MESSAGE(reader.output().find(names.in_utf8) != std::string::npos, reader.output());
    CHECK(reader.output().find("Pulmonary vessels (AI)") != std::string::npos);
  }
}
