#include "dicomseg/data_set_scan.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <functional>

#include "dicomseg/image_header.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::dicomseg;
namespace fs = std::filesystem;

namespace {

constexpr ElementTag kSop{0x0008, 0x0018};
constexpr ElementTag kStudy{0x0020, 0x000D};
constexpr std::array kWanted{kSop, kStudy};
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

/// Elements of a data set, Explicit or Implicit VR Little Endian.
struct Bytes {
  bool implicit = false;
  std::string out{};

  Bytes& number(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
    return *this;
  }
  Bytes& tag(ElementTag tag) { return number(tag.group, 2).number(tag.element, 2); }
  Bytes& element(ElementTag which, std::string_view vr, std::uint32_t length,
                 std::string_view value = {}) {
    tag(which);
    if (implicit) {
      number(length, 4);
    } else if (vr == "SQ" || vr == "UN" || vr == "OB" || vr == "OW") {
      out += vr;
      number(0, 2).number(length, 4);
    } else {
      out += vr;
      number(length, 2);
    }
    out += value;
    return *this;
  }
  Bytes& text(ElementTag which, std::string_view vr, std::string_view value) {
    return element(which, vr, static_cast<std::uint32_t>(value.size()), value);
  }
  Bytes& item(std::uint32_t length) { return tag({0xFFFE, 0xE000}).number(length, 4); }
  Bytes& item_end() { return tag({0xFFFE, 0xE00D}).number(0, 4); }
  Bytes& sequence_end() { return tag({0xFFFE, 0xE0DD}).number(0, 4); }
};

constexpr ElementTag kSequence{0x0008, 0x1115};

std::string nested(int depth, bool implicit, std::string_view vr) {
  Bytes bytes{implicit};
  for (int i = 0; i < depth; ++i) bytes.element(kSequence, vr, kUndefined).item(kUndefined);
  for (int i = 0; i < depth; ++i) bytes.item_end().sequence_end();
  return bytes.out;
}

/// From the inside out: every length is said.
std::string nested_defined(int depth, bool implicit) {
  std::string inner;
  for (int i = 0; i < depth; ++i) {
    Bytes bytes{implicit};
    bytes.element(kSequence, "SQ", static_cast<std::uint32_t>(inner.size() + 8));
    bytes.item(static_cast<std::uint32_t>(inner.size()));
    inner = bytes.out + inner;
  }
  return inner;
}

class ScanFixture {
 public:
  fs::path file(std::string_view data_set, std::string_view syntax = "1.2.840.10008.1.2.1") {
    Bytes bytes;
    std::string uid(syntax);
    if (uid.size() % 2 != 0) uid.push_back('\0');
    bytes.text({0x0002, 0x0010}, "UI", uid);
    const fs::path path = dir_ / "in.dcm";
    std::ofstream out(path, std::ios::binary);
    out << std::string(128, '\0') << "DICM" << bytes.out << data_set;
    return path;
  }
  Result<DataSetScan> scan(std::string_view data_set,
                           std::string_view syntax = "1.2.840.10008.1.2.1",
                           const ScanLimits& limits = {}) {
    return scan_data_set(file(data_set, syntax), kWanted, limits);
  }
  std::string error(std::string_view data_set, std::string_view syntax = "1.2.840.10008.1.2.1",
                    const ScanLimits& limits = {}) {
    const auto result = scan(data_set, syntax, limits);
    if (result) return {};
    CHECK(result.error().code == ErrorCode::kInvalidInput);
    return result.error().message;
  }
  [[nodiscard]] const test::TempDir& dir() const { return dir_; }

 private:
  test::TempDir dir_;
};

constexpr const char* kImplicit = "1.2.840.10008.1.2";
constexpr const char* kDeflated = "1.2.840.10008.1.2.1.99";

/// A data set as DCMTK writes it, with sequences in sequences and pixels.
void write_with_dcmtk(const fs::path& file, E_TransferSyntax syntax, E_EncodingType lengths) {
  DcmFileFormat format;
  DcmDataset& data_set = *format.getDataset();
  data_set.putAndInsertString(DCM_SOPClassUID, UID_CTImageStorage);
  data_set.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4.5");
  DcmItem* outer = nullptr;
  for (int i = 0; i < 2; ++i) {
    data_set.findOrCreateSequenceItem(DCM_ReferencedSeriesSequence, outer, -2);
    DcmItem* inner = nullptr;
    outer->findOrCreateSequenceItem(DCM_ReferencedSOPSequence, inner, -2);
    inner->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3.4.5.6");
    outer->putAndInsertString(DCM_StudyInstanceUID, "9.9");  // not at the top level
  }
  data_set.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4");
  const std::vector<Uint16> pixels(1000, 7);
  data_set.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
  REQUIRE(format.saveFile(file.c_str(), syntax, lengths).good());
}

}  // namespace

TEST_CASE_FIXTURE(ScanFixture, "data set scan: finds values of the top level in every encoding") {
  const fs::path path = dir() / "dcmtk.dcm";
  for (const auto syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit,
                            EXS_BigEndianExplicit, EXS_DeflatedLittleEndianExplicit}) {
    for (const auto lengths : {EET_ExplicitLength, EET_UndefinedLength}) {
      write_with_dcmtk(path, syntax, lengths);
      CAPTURE(DcmXfer(syntax).getXferName());
      const auto scan = scan_data_set(path, kWanted);
      REQUIRE_MESSAGE(scan, scan.error().message);
      CHECK(scan->transfer_syntax == DcmXfer(syntax).getXferID());
      CHECK(scan->values.at(kSop) == "1.2.3.4.5");
      CHECK(scan->values.at(kStudy) == "1.2.3.4");
      CHECK(scan->trouble.empty());
    }
  }
}

TEST_CASE_FIXTURE(ScanFixture, "data set scan: takes files without File Meta Information") {
  for (const bool implicit : {false, true}) {
    const fs::path path = dir() / "bare.dcm";
    std::ofstream(path, std::ios::binary) << Bytes{implicit}.text(kSop, "UI", "1.2.3.45").out;
    const auto scan = scan_data_set(path, kWanted);
    REQUIRE_MESSAGE(scan, scan.error().message);
    CHECK(scan->values.at(kSop) == "1.2.3.45");
  }
  CHECK(scan_data_set(dir() / "absent", kWanted).error().code == ErrorCode::kNotFound);
  CHECK(scan_data_set(dir().path(), kWanted).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE_FIXTURE(ScanFixture,
                  "data set scan: a file that is cut off anywhere is not taken for whole") {
  const fs::path whole = dir() / "whole.dcm";
  for (const auto syntax : {EXS_LittleEndianExplicit, EXS_DeflatedLittleEndianExplicit}) {
    write_with_dcmtk(whole, syntax, EET_UndefinedLength);
    std::ifstream in(whole, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const fs::path cut = dir() / "cut.dcm";
    for (std::size_t size = bytes.size() - 4; size > bytes.size() - 60; size -= 3) {
      CAPTURE(size);
      std::ofstream(cut, std::ios::binary) << bytes.substr(0, size);
      const auto scan = scan_data_set(cut, kWanted);
      REQUIRE_FALSE(scan);
      CHECK(scan.error().code == ErrorCode::kInvalidInput);
    }
  }
  Bytes pixels;
  pixels.element({0x7FE0, 0x0010}, "OW", 1000, "only this");
  const std::string said = error(pixels.out);
  CHECK_MESSAGE(said.find("(7FE0,0010): 991 bytes of 1000 are missing") != std::string::npos, said);
}

TEST_CASE_FIXTURE(ScanFixture,
                  "data set scan: sequences nested without end are refused, not followed") {
  constexpr int kDeep = 10'000;
  CHECK(error(nested(100, false, "SQ")).empty());
  for (const std::string& said :
       {error(nested(101, false, "SQ")), error(nested(kDeep, false, "SQ")),
        error(nested(kDeep, true, "SQ"), kImplicit), error(nested_defined(kDeep, true), kImplicit),
        error(nested_defined(5000, false))}) {
    CHECK_MESSAGE(said.find("more than 100 sequences inside each other") != std::string::npos,
                  said);
  }
  // UN of undefined length is Implicit VR inside.
  const std::string unknown =
      Bytes{}.element(kSequence, "UN", kUndefined).item(kUndefined).out + nested(kDeep, true, "SQ");
  CHECK(error(unknown).find("inside each other") != std::string::npos);
}

TEST_CASE_FIXTURE(ScanFixture, "data set scan: the File Meta Information ends where it says") {
  // DCMTK goes on behind the length that the group says: what it builds has to be what was walked.
  const auto with_length = [&](int off) {
    Bytes meta;
    meta.text({0x0002, 0x0010}, "UI", std::string("1.2.840.10008.1.2.1\0", 20));
    meta.text({0x0002, 0x0012}, "UI", "1.2.3.4.5.6.");
    const int length = static_cast<int>(meta.out.size()) + off;
    Bytes group;
    group.text({0x0002, 0x0000}, "UL", Bytes{}.number(static_cast<std::uint32_t>(length), 4).out);
    test::write_file(dir() / "meta.dcm", std::string(128, '\0') + "DICM" + group.out + meta.out +
                                             Bytes{}.text(kSop, "UI", "1.2.3.4.").out);
    return dir() / "meta.dcm";
  };
  // To the end of the last element, or into it: DCMTK takes it whole.
  for (const int off : {0, -2, -19}) {
    CAPTURE(off);
    const auto scan = scan_data_set(with_length(off), kWanted);
    REQUIRE_MESSAGE(scan, scan.error().message);
    CHECK(scan->values.at(kSop) == "1.2.3.4.");
    DcmFileFormat format;
    CHECK(format.loadFile((dir() / "meta.dcm").c_str()).good());
    CHECK(format.getDataset()->tagExists(DCM_SOPInstanceUID));
  }
  for (const int off : {-48, -20, 1, 2, 16, 32, 0x20000}) {
    CAPTURE(off);
    const auto scan = scan_data_set(with_length(off), kWanted);
    REQUIRE_FALSE(scan);
    CHECK(scan.error().message.find("another length than it says") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(ScanFixture, "data set scan: DCMTK never gets what would exhaust its stack") {
  const auto deep = file(nested(10'000, false, "SQ") + Bytes{}.text(kSop, "UI", "1.2.3.45").out);
  CHECK(read_image_header(deep).error().message.find("inside each other") != std::string::npos);
  // To DCMTK the item without an end goes on behind its sequence, and the next one is inside it.
  Bytes flat;
  for (int i = 0; i < 10'000; ++i) flat.element(kSequence, "SQ", 8).item(kUndefined);
  CHECK(read_image_header(file(flat.out)).error().message.find("an item has no end") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(ScanFixture,
                  "data set scan: what is no sequence inside is passed over or stops it") {
  const auto trouble_of = [&](const Bytes& inside) {
    Bytes bytes;
    bytes.element(kSequence, "SQ", static_cast<std::uint32_t>(inside.out.size()), inside.out);
    bytes.text(kStudy, "UI", "1.2.3.4.");
    const auto scan = this->scan(bytes.out);
    REQUIRE_MESSAGE(scan, scan.error().message);
    CHECK(scan->values.contains(kStudy));
    return scan->trouble;
  };
  using Make = std::function<void(Bytes&)>;
  const std::vector<std::pair<Make, std::string>> cases{
      {[](Bytes& b) { b.item(100); }, "an item is longer than its sequence"},
      {[](Bytes& b) { b.item(kUndefined); }, "an item has no end"},
      {[](Bytes& b) { b.text(kSop, "UI", "1.2."); }, "holds something that is no item"},
      {[](Bytes& b) { b.item(20).text(kSop, "UI", "123456").number(0, 4).number(0, 2); },
       "fewer bytes than an element has"},
      {[](Bytes& b) { b.item(8).element(kSop, "UI", 50); }, "is longer than what contains it"},
      {[](Bytes& b) { b.item(8).element(kSop, "ui", 0); }, "has no value representation"},
      {[](Bytes& b) { b.item(8).item_end(); }, "a delimiter without what it delimits"},
  };
  for (const auto& [make, expected] : cases) {
    Bytes inside;
    make(inside);
    const std::string trouble = trouble_of(inside);
    CHECK_MESSAGE(trouble.find(expected) != std::string::npos, trouble << " for " << expected);
  }
  // Without lengths nobody knows where to go on.
  const auto stopped = scan(Bytes{}
                                .text(kSop, "UI", "1.2.")
                                .element(kSequence, "SQ", kUndefined)
                                .text(kStudy, "UI", "1.2.3.4.")
                                .out);
  REQUIRE(stopped);
  CHECK(stopped->stopped);
  CHECK(stopped->values.contains(kSop));
}

TEST_CASE_FIXTURE(ScanFixture,
                  "data set scan: neither elements without number nor bombs take memory") {
  Bytes many;
  for (int i = 0; i < 5000; ++i) many.text({0x0011, 0x1001}, "LO", "");
  CHECK(error(many.out).empty());
  const std::string said = error(many.out, "1.2.840.10008.1.2.1", {.memory_bytes = 500'000});
  CHECK_MESSAGE(said.find("more than 500000 bytes of memory") != std::string::npos, said);

  DcmFileFormat format;
  format.getDataset()->putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4.5");
  const std::vector<Uint8> zeros(20'000'000);
  format.getDataset()->putAndInsertUint8Array(DCM_PixelData, zeros.data(), zeros.size());
  const fs::path bomb = dir() / "bomb.dcm";
  REQUIRE(format.saveFile(bomb.c_str(), EXS_DeflatedLittleEndianExplicit).good());
  REQUIRE(fs::file_size(bomb) < 100'000);
  CHECK(scan_data_set(bomb, kWanted));
  const auto refused = scan_data_set(bomb, kWanted, {.inflated_bytes = 1'000'000});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("decompression bomb") != std::string::npos);

  // Not a deflated stream at all, and a claim that nothing follows.
  CHECK(error("plain bytes", kDeflated).find("damaged") != std::string::npos);
}

TEST_CASE_FIXTURE(ScanFixture,
                  "data set scan: fragments end with the file or with their delimiter") {
  for (const bool delimited : {true, false}) {
    Bytes bytes;
    bytes.text(kSop, "UI", "1.2.").element({0x7FE0, 0x0010}, "OB", kUndefined).item(0).item(4);
    bytes.out += "abcd";
    if (delimited) bytes.sequence_end();
    CHECK(error(bytes.out).empty());
    bytes.out.resize(bytes.out.size() - (delimited ? 9 : 1));
    CHECK_FALSE(error(bytes.out).empty());
  }
}
