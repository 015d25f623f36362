#include "dicomseg/jpeg2000.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "dicomseg/ct_reader.h"
#include "dicomseg/encapsulated_frames.h"
#include "dicomseg/pixel_decoding.h"
#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;
namespace fs = std::filesystem;

namespace {

constexpr int kRows = 32;
constexpr int kColumns = 40;

Volume volume() {
  return test::numbered_volume(test::geometry_of(test::grids()[0], {4, kRows, kColumns}));
}

/// Written by GDCM, an implementation that shares nothing with ours but OpenJPEG.
bool gdcm_is_here() {
  if (test::installed("gdcmconv")) return true;
  MESSAGE("skipped: gdcmconv is not installed");
  return false;
}

void convert(const fs::path& file, const std::string& option) {
  const auto converted =
      test::run_command("gdcmconv " + option + " " + file.string() + " " + file.string() + ".j2k");
  if (converted.exit_status != 0) FAIL(converted.output);
  fs::rename(file.string() + ".j2k", file);
}

std::vector<fs::path> series(const test::TempDir& dir, const CtSeriesOptions& options,
                             const std::string& conversion) {
  auto files = write_ct_series(volume(), options, dir.path());
  if (!files) FAIL(files.error().message);
  if (!conversion.empty()) {
    for (const auto& file : *files) convert(file, conversion);
  }
  return *files;
}

LoadedSeries must_read(const std::vector<fs::path>& files) {
  auto loaded = CtReader().read(files, {});
  if (!loaded) FAIL(loaded.error().message);
  return std::move(*loaded);
}

void check_refused(const std::vector<fs::path>& files, const std::string& says) {
  const auto loaded = CtReader().read(files, {});
  REQUIRE_FALSE(loaded);
  CAPTURE(loaded.error().message);
  CHECK(loaded.error().code == ErrorCode::kInvalidInput);
  CHECK(loaded.error().message.find(says) != std::string::npos);
  CHECK(loaded.error().message.find("SOP instance ") != std::string::npos);
}

DcmPixelSequence& fragments_of(DcmDataset& dataset) {
  DcmElement* element = nullptr;
  REQUIRE(dataset.findAndGetElement(DCM_PixelData, element).good());
  auto& pixels = dynamic_cast<DcmPixelData&>(*element);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* fragments = nullptr;
  pixels.getOriginalRepresentationKey(syntax, parameter);
  REQUIRE(pixels.getEncapsulatedRepresentation(syntax, parameter, fragments).good());
  return *fragments;
}

std::vector<Uint8> bytes_of(DcmPixelSequence& fragments, unsigned long item) {
  DcmPixelItem* fragment = nullptr;
  Uint8* data = nullptr;
  REQUIRE(fragments.getItem(fragment, item).good());
  REQUIRE(fragment->getUint8Array(data).good());
  return {data, data + fragment->getLength()};
}

void append(DcmPixelSequence& fragments, const std::vector<Uint8>& bytes) {
  auto* fragment = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
  REQUIRE(fragment->putUint8Array(bytes.data(), static_cast<unsigned long>(bytes.size())).good());
  REQUIRE(fragments.insert(fragment).good());
}

/// Every frame's codestream in three fragments, with or without a table of their offsets.
void split_fragments(DcmDataset& dataset, bool with_table) {
  DcmPixelSequence& fragments = fragments_of(dataset);
  std::vector<std::vector<Uint8>> frames;
  for (unsigned long item = 1; item < fragments.card(); ++item) {
    frames.push_back(bytes_of(fragments, item));
  }
  while (fragments.card() > 0) {
    DcmPixelItem* old = nullptr;
    REQUIRE(fragments.remove(old, 0UL).good());
    delete old;
  }
  std::vector<std::vector<Uint8>> parts;
  std::vector<Uint8> table;
  Uint32 offset = 0;
  for (const auto& frame : frames) {
    for (std::size_t byte = 0; byte < 4; ++byte) {
      table.push_back(static_cast<Uint8>(offset >> (8 * byte)));
    }
    const std::size_t third = frame.size() / 3 / 2 * 2;
    for (std::size_t part = 0; part < 3; ++part) {
      const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(part * third);
      parts.emplace_back(begin,
                         part == 2 ? frame.end() : begin + static_cast<std::ptrdiff_t>(third));
      offset += 8 + static_cast<Uint32>(parts.back().size());
    }
  }
  append(fragments, with_table ? table : std::vector<Uint8>{});
  for (const auto& part : parts) append(fragments, part);
}

std::vector<std::byte> codestream_of(const fs::path& file) {
  DcmFileFormat dicom;
  REQUIRE(dicom.loadFile(file.c_str()).good());
  const auto bytes = bytes_of(fragments_of(*dicom.getDataset()), 1);
  std::vector<std::byte> result(bytes.size());
  std::ranges::transform(bytes, result.begin(), [](Uint8 b) { return std::byte{b}; });
  return result;
}

}  // namespace

TEST_CASE("JPEG 2000: lossless images are read as they were, signed and unsigned, 8 to 16 bits") {
  if (!gdcm_is_here()) return;
  using enum PixelFormat::Sign;
  const std::vector<PixelFormat> formats{
      {.bits_stored = 16, .high_bit = 15, .sign = kTwosComplement},
      {.bits_stored = 16, .high_bit = 15, .sign = kUnsigned},
      {.bits_stored = 12, .high_bit = 11, .sign = kUnsigned},
      {.bits_stored = 13, .high_bit = 12, .sign = kTwosComplement}};
  for (const PixelFormat& format : formats) {
    CAPTURE(format.bits_stored);
    const CtSeriesOptions options{
        .format = format, .rescale = {Rescale{1, format.sign == kUnsigned ? -1024.0 : 0.0}}};
    const test::TempDir plain;
    const test::TempDir compressed;
    const auto expected = must_read(series(plain, options, ""));
    const auto loaded = must_read(series(compressed, options, "--j2k"));
    CHECK(loaded.volume.hu == expected.volume.hu);
    CHECK(loaded.volume.geometry.to_lps({1, 2, 3}) == expected.volume.geometry.to_lps({1, 2, 3}));
  }
}

TEST_CASE("JPEG 2000: lossy images are close") {
  if (!gdcm_is_here()) return;
  const test::TempDir plain;
  const test::TempDir compressed;
  // Smooth, as lossy coding expects.
  const auto write = [&](const test::TempDir& dir) {
    Volume smooth = volume();
    for (std::size_t i = 0; i < smooth.hu.size(); ++i) {
      smooth.hu[i] = static_cast<std::int16_t>(i % kColumns * 20);
    }
    auto files = write_ct_series(smooth, {}, dir.path());
    REQUIRE(files);
    return *files;
  };
  const auto expected = must_read(write(plain));
  const auto files = write(compressed);
  for (const auto& file : files) convert(file, "--j2k --lossy -r 8 -I");
  const auto loaded = must_read(files);
  int largest = 0;
  for (std::size_t i = 0; i < expected.volume.hu.size(); ++i) {
    largest = std::max(largest, std::abs(expected.volume.hu[i] - loaded.volume.hu[i]));
  }
  CHECK(largest < 60);
}

TEST_CASE("JPEG 2000: what lossy coding adds beyond Bits Stored is cut, not refused") {
  if (!gdcm_is_here()) return;
  const test::TempDir dir;
  const auto codestream = codestream_of(series(dir, {}, "--j2k")[0]);
  // The same pixels as if they had 10 bits: some of them have not.
  ExpectedImage expected{.rows = kRows,
                         .columns = kColumns,
                         .format = {.bits_stored = 10, .high_bit = 9},
                         .coding = ExpectedImage::Coding::kPerhapsLossy};
  std::vector<std::int16_t> pixels(static_cast<std::size_t>(kRows) * kColumns);
  REQUIRE(decode_jpeg2000(codestream, expected, std::as_writable_bytes(std::span(pixels))));
  CHECK(*std::ranges::min_element(pixels) == -512);
  CHECK(*std::ranges::max_element(pixels) == 511);
}

TEST_CASE("JPEG 2000: frames in several fragments are put together") {
  if (!gdcm_is_here()) return;
  const test::TempDir plain;
  const auto expected = must_read(series(plain, {}, ""));
  SUBCASE("of single-frame images, without an offset table") {
    const test::TempDir dir;
    const auto files = series(dir, {}, "--j2k");
    for (const auto& file : files) {
      test::edit_dicom(file, [](DcmDataset& d) { split_fragments(d, false); });
    }
    CHECK(must_read(files).volume.hu == expected.volume.hu);
  }
  const test::TempDir dir;
  const fs::path multi_frame = test::write_enhanced_ct(volume(), dir / "enhanced.dcm");
  const auto of_frames = must_read({multi_frame});
  convert(multi_frame, "--j2k");
  SUBCASE("of multi-frame images, one each") {
    CHECK(must_read({multi_frame}).volume.hu == of_frames.volume.hu);
  }
  SUBCASE("of multi-frame images, by the offset table") {
    test::edit_dicom(multi_frame, [](DcmDataset& d) { split_fragments(d, true); });
    CHECK(must_read({multi_frame}).volume.hu == of_frames.volume.hu);
  }
  SUBCASE("but not where nothing tells which is whose") {
    test::edit_dicom(multi_frame, [](DcmDataset& d) { split_fragments(d, false); });
    check_refused({multi_frame}, "4 frames are in 12 fragments");
  }
}

TEST_CASE("JPEG 2000: an image that contradicts its header, or ends early, is refused") {
  if (!gdcm_is_here()) return;
  const test::TempDir dir;
  const auto files = series(dir, {}, "--j2k");
  SUBCASE("size") {
    for (const auto& file : files) {
      test::edit_dicom(file, [](DcmDataset& d) { d.putAndInsertUint16(DCM_Rows, kRows + 1); });
    }
    check_refused(files, "has 40 x 32 pixels, the data set 40 x 33");
  }
  SUBCASE("sign") {
    for (const auto& file : files) {
      test::edit_dicom(file,
                       [](DcmDataset& d) { d.putAndInsertUint16(DCM_PixelRepresentation, 0); });
    }
    check_refused(files, "is signed, Pixel Representation says unsigned");
  }
  SUBCASE("precision") {
    for (const auto& file : files) {
      test::edit_dicom(file, [](DcmDataset& d) {
        d.putAndInsertUint16(DCM_BitsStored, 10);
        d.putAndInsertUint16(DCM_HighBit, 9);
      });
    }
    check_refused(files, ", Bits Stored is 10");
  }
  SUBCASE("truncated") {
    test::edit_dicom(files[1], [](DcmDataset& d) {
      DcmPixelSequence& fragments = fragments_of(d);
      auto bytes = bytes_of(fragments, 1);
      bytes.resize(bytes.size() / 4 * 2);
      DcmPixelItem* old = nullptr;
      REQUIRE(fragments.remove(old, 1UL).good());
      delete old;
      append(fragments, bytes);
    });
    check_refused(files, "cannot be decoded");
  }
  SUBCASE("no codestream at all") {
    test::edit_dicom(files[1], [](DcmDataset& d) {
      DcmPixelSequence& fragments = fragments_of(d);
      DcmPixelItem* old = nullptr;
      REQUIRE(fragments.remove(old, 1UL).good());
      delete old;
      append(fragments, std::vector<Uint8>(100, 7));
    });
    check_refused(files, "no JPEG 2000 codestream");
  }
}

TEST_CASE("JPEG 2000: damaged codestreams end in an answer, never in a crash") {
  if (!gdcm_is_here()) return;
  const test::TempDir dir;
  const auto whole = codestream_of(series(dir, {}, "--j2k")[0]);
  const ExpectedImage expected{.rows = kRows, .columns = kColumns, .format = {}};
  std::vector<std::byte> pixels(static_cast<std::size_t>(kRows) * kColumns * 2);
  REQUIRE(decode_jpeg2000(whole, expected, pixels));
  std::mt19937 random(1);
  int refused = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    auto damaged = whole;
    for (int i = 0; i < 1 + trial % 8; ++i) {
      // Headers, where lengths and counts are, as often as the rest.
      const std::size_t reach = trial % 2 == 0 ? 120 : damaged.size();
      damaged[random() % reach] = static_cast<std::byte>(random());
    }
    if (trial % 5 == 0) damaged.resize(random() % damaged.size());
    refused += !decode_jpeg2000(damaged, expected, pixels);
  }
  CHECK(refused > kTrials / 4);
}

TEST_CASE("JPEG 2000: a codestream of a million tiles is refused before it is looked at") {
  // SOC, SIZ: 40 x 32 pixels, tiles of 1 x 1 would be 1280; of an image of 2^16 x 2^16 many more.
  std::vector<std::byte> header(64, std::byte{0});
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
      header[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
  };
  put(0, 0xFF4FFF51);
  put(8, 5000);
  put(12, 4000);
  put(24, 1);
  put(28, 1);
  std::vector<std::byte> pixels(std::size_t{5000} * 4000 * 2);
  const auto decoded =
      decode_jpeg2000(header, {.rows = 4000, .columns = 5000, .format = {}}, pixels);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().message.find("20000000 tiles") != std::string::npos);
}

TEST_CASE("pixel decoding: what this build reads") {
  CHECK(pixel_decoding("1.2.840.10008.1.2") == PixelDecoding::kNative);
  CHECK(pixel_decoding("1.2.840.10008.1.2.1.99") == PixelDecoding::kNative);
  CHECK(pixel_decoding("1.2.840.10008.1.2.5") == PixelDecoding::kRle);
  for (const char* jpeg : {"50", "51", "57", "70", "80", "81"}) {
    CHECK(pixel_decoding(std::string("1.2.840.10008.1.2.4.") + jpeg) == PixelDecoding::kDcmtk);
  }
  CHECK(pixel_decoding("1.2.840.10008.1.2.4.90") == PixelDecoding::kOpenJpeg);
  CHECK(pixel_decoding("1.2.840.10008.1.2.4.91") == PixelDecoding::kOpenJpeg);
  CHECK(pixel_decoding("1.2.840.10008.1.2.4.93") == PixelDecoding::kImpossible);
  CHECK(pixel_decoding("1.2.840.10008.1.2.4.102") == PixelDecoding::kImpossible);
  CHECK(pixel_decoding("1.2.3.4") == PixelDecoding::kImpossible);
}
