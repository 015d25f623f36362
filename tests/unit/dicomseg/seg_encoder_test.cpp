#include "dicomseg/seg_encoder.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "dicomseg/ct_reader.h"
#include "dicomseg/seg_reader.h"
#include "pipeline/domain/implementation.h"
#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;
namespace fs = std::filesystem;

namespace {

const Time kCreated = Time(std::chrono::milliseconds(1'700'000'000'000));  // 2023-11-14 22:13:20 Z

LoadedSeries load(const std::vector<fs::path>& files) {
  auto loaded = CtReader().read(files, {});
  if (!loaded) FAIL(loaded.error().message);
  return std::move(*loaded);
}

/// A small CT series on disk, read back.
struct Source {
  explicit Source(std::array<int, 3> size = {6, 11, 13}, const CtSeriesOptions& options = {},
                  const test::NamedGrid& grid = test::grids()[0]) {
    auto written =
        write_ct_series(test::numbered_volume(test::geometry_of(grid, size)), options, dir.path());
    if (!written) FAIL(written.error().message);
    files = *written;
  }
  /// Reads the series and encodes `labels` (by default some of every segment).
  fs::path encode(const ModelInfo& model = test::vessel_model(),
                  const std::function<void(LabelMap&)>& change = {},
                  const SegEncoderOptions& options = {}) {
    loaded = load(files);
    labels = test::some_labels(loaded.volume.geometry, static_cast<int>(model.segments.size()));
    if (change) change(labels);
    auto encoded = DcmSegEncoder(options).encode(
        {loaded, labels, model, test::result_uids("test"), kCreated}, dir / "seg.dcm");
    if (!encoded) FAIL(encoded.error().message);
    volumes = encoded->segments;
    return encoded->file;
  }
  test::TempDir dir;
  std::vector<fs::path> files;
  LoadedSeries loaded;
  LabelMap labels;
  std::vector<SegmentVolume> volumes;
};

BinarySeg reread(const fs::path& file) {
  auto seg = read_seg(file);
  if (!seg) FAIL(seg.error().message);
  return std::move(*seg);
}

std::string value(const fs::path& file, const DcmTagKey& tag) {
  std::string raw = test::raw_value(file, tag.getGroup(), tag.getElement());
  while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) raw.pop_back();
  return raw;
}

std::vector<std::string> complaints_of_dciodvfy(const fs::path& file) {
  std::istringstream output(test::run_command("dciodvfy -new " + file.string()).output);
  std::vector<std::string> complaints;
  for (std::string line; std::getline(output, line);) {
    if (line.starts_with("Error") || line.starts_with("Warning")) complaints.push_back(line);
  }
  return complaints;
}

/// dciodvfy complains about the segmentation only where it complains about the source, from which
/// patient and study are copied as they are; dcentvfy finds both in agreement.
void check_valid(const fs::path& seg, const fs::path& source) {
  if (!test::installed("dciodvfy") || !test::installed("dcentvfy")) {
    MESSAGE("dciodvfy or dcentvfy is not installed");
    return;
  }
  const auto known = complaints_of_dciodvfy(source);
  for (const std::string& complaint : complaints_of_dciodvfy(seg)) {
    CAPTURE(complaint);
    CHECK(std::find(known.begin(), known.end(), complaint) != known.end());
  }
  const auto entities = test::run_command("dcentvfy " + source.string() + " " + seg.string());
  CHECK(entities.output == "");
}

}  // namespace

TEST_CASE("seg encoder: an independent reader gets back every voxel, for any matrix") {
  for (const std::array<int, 3> size :
       {std::array{6, 11, 13}, {2, 1, 1}, {2, 8, 8}, {3, 5, 5}, {3, 3, 1}, {4, 16, 17}}) {
    CAPTURE(size[1] * size[2]);
    Source source(size);
    const auto file = source.encode();
    const auto placed = place_on(reread(file), source.loaded.volume.geometry);
    if (!placed) FAIL(placed.error().message);
    CHECK(placed->label == source.labels.label);
  }
}

TEST_CASE("seg encoder: every orientation, tilted ones too, is placed exactly") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    Source source({5, 7, 9}, {.numbering = CtSeriesOptions::Numbering::kShuffled}, grid);
    const auto file = source.encode();
    const BinarySeg seg = reread(file);
    const auto placed = place_on(seg, source.loaded.volume.geometry);
    if (!placed) FAIL(placed.error().message);
    CHECK(placed->label == source.labels.label);
    check_valid(file, source.files[0]);
  }
}

TEST_CASE("seg encoder: the object is valid and refers to its source") {
  Source source;
  const auto file = source.encode();
  check_valid(file, source.files[0]);
  const BinarySeg seg = reread(file);
  CHECK(seg.sop == test::result_uids("test").sop.str());
  CHECK(seg.series == test::result_uids("test").series.str());
  CHECK(seg.study == value(source.files[0], DCM_StudyInstanceUID));
  CHECK(seg.frame_of_reference == value(source.files[0], DCM_FrameOfReferenceUID));
  CHECK(seg.referenced_series == value(source.files[0], DCM_SeriesInstanceUID));
  CHECK(value(file, DCM_SegmentsOverlap) == "NO");
  CHECK(value(file, DCM_BurnedInAnnotation) == "NO");
  CHECK(value(file, DCM_LossyImageCompression) == "00");
  CHECK(value(file, DCM_ContentQualification) == "RESEARCH");
  CHECK(value(file, DCM_SeriesNumber) == "9001");
  CHECK(value(file, DCM_Manufacturer) == "Hilum");
  CHECK_FALSE(fs::exists(source.dir / "seg.dcm.part"));
}

TEST_CASE("seg encoder: frames are segment-major with the positions of their source as text") {
  Source source;
  const BinarySeg seg = reread(source.encode());
  std::map<std::string, std::array<std::string, 3>> positions;
  for (const auto& file : source.files) {
    DcmFileFormat format;
    REQUIRE(format.loadFile(file.c_str()).good());
    OFString uid;
    format.getDataset()->findAndGetOFString(DCM_SOPInstanceUID, uid);
    for (unsigned long i = 0; i < 3; ++i) {
      OFString text;
      format.getDataset()->findAndGetOFString(DCM_ImagePositionPatient, text, i);
      positions[uid.c_str()][i] = text.c_str();
    }
  }
  std::vector<std::array<int, 2>> order;
  std::map<std::string, std::uint32_t> index_of;
  for (const auto& frame : seg.frames) {
    REQUIRE(positions.count(frame.source_sop) == 1);
    CHECK(frame.position_text == positions[frame.source_sop]);
    REQUIRE(frame.dimension_indices.size() == 2);
    CHECK(frame.dimension_indices[0] == static_cast<std::uint32_t>(frame.segment));
    const auto [known, added] = index_of.try_emplace(frame.source_sop, frame.dimension_indices[1]);
    CHECK(known->second == frame.dimension_indices[1]);
    CHECK(frame.source_frame == 0);
    order.push_back({frame.segment, static_cast<int>(frame.dimension_indices[1])});
  }
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(index_of.size() == 6);
}

TEST_CASE("seg encoder: segments carry label, codes, colours and tracking") {
  Source source;
  const ModelInfo model = test::vessel_model();
  const BinarySeg seg = reread(source.encode(model));
  REQUIRE(seg.segments.size() == 4);
  std::set<std::string> tracking;
  const std::vector<std::array<std::uint16_t, 3>> lab{
      {43639, 30342, 24502}, {41117, 43468, 40004}, {31511, 30269, 24166}, {30885, 43992, 40570}};
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(seg.segments[i].number == static_cast<int>(i) + 1);
    CHECK(seg.segments[i].spec == model.segments[i]);  // rgb survives the way through CIELab
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(std::abs(seg.segments[i].cielab[c] - lab[i][c]) <= 2);  // of 65535
    CHECK(seg.segments[i].algorithm_name == "La-CAF");
    CHECK(seg.segments[i].description.find(" ml") != std::string::npos);
    tracking.insert(seg.segments[i].tracking_uid);
    CHECK(source.volumes[i].label == model.segments[i].label);
    const auto voxels = std::count(source.labels.label.begin(), source.labels.label.end(),
                                   static_cast<std::uint8_t>(i + 1));
    CHECK(source.volumes[i].voxels == static_cast<std::uint64_t>(voxels));
    CHECK(source.volumes[i].millilitres ==
          doctest::Approx(static_cast<double>(voxels) * 0.7 * 0.8 * 1.25 / 1000));
  }
  CHECK(tracking.size() == 4);
}

TEST_CASE("seg encoder: patient and study are those of the source, byte for byte") {
  struct Names {
    std::string character_set;
    std::string name;
  };
  const std::vector<Names> cases{
      {"", "Synthetic^Phantom"},
      {"ISO_IR 192", "M\xc3\xbcller^\xce\x91\xce\xbd\xce\xbd\xce\xb1"},
      {"ISO_IR 100", "M\xfcller^J\xf6rg"},
      {"\\ISO 2022 IR 149", "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"},
      {"GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.character_set);
    Source source({6, 11, 13}, {.character_set = c.character_set, .patient_name = c.name});
    for (const auto& file : source.files) {
      test::edit_dicom(file, [](DcmDataset& d) {
        d.putAndInsertString(DCM_IssuerOfPatientID, "HOSPITAL");
        d.putAndInsertString(DCM_RETIRED_OtherPatientIDs, "A\\B");
        d.putAndInsertString(DCM_EthnicGroup, "X");
        d.putAndInsertString(DCM_PatientAge, "050Y");
        d.putAndInsertString(DCM_PatientWeight, "70.50");
        d.putAndInsertString(DCM_AccessionNumber, "ACC 1");
        d.putAndInsertString(DCM_InstitutionName, "Somewhere");
        d.putAndInsertString(DCM_StationName, "CT7");
        d.putAndInsertString(DCM_TimezoneOffsetFromUTC, "-0530");
        DcmItem* item = nullptr;
        d.findOrCreateSequenceItem(DCM_ProcedureCodeSequence, item);
        item->putAndInsertString(DCM_CodeValue, "24627-2");
        item->putAndInsertString(DCM_CodingSchemeDesignator, "LN");
        item->putAndInsertString(DCM_CodeMeaning, "Chest CT");
      });
    }
    const auto file = source.encode();
    for (const DcmTagKey& tag :
         {DCM_SpecificCharacterSet, DCM_PatientName, DCM_PatientID, DCM_IssuerOfPatientID,
          DCM_RETIRED_OtherPatientIDs, DCM_EthnicGroup, DCM_PatientBirthDate, DCM_PatientSex,
          DCM_PatientAge, DCM_PatientWeight, DCM_StudyInstanceUID, DCM_StudyDate, DCM_StudyTime,
          DCM_StudyID, DCM_StudyDescription, DCM_AccessionNumber, DCM_ReferringPhysicianName,
          DCM_FrameOfReferenceUID, DCM_TimezoneOffsetFromUTC}) {
      CAPTURE(tag.toString().c_str());
      CHECK(test::raw_value(file, tag.getGroup(), tag.getElement()) ==
            test::raw_value(source.files[0], tag.getGroup(), tag.getElement()));
    }
    CHECK(value(file, DCM_InstitutionName).empty());
    CHECK(value(file, DCM_StationName).empty());
    CHECK(value(file, DCM_ContentDate) == "20231114");
    CHECK(value(file, DCM_ContentTime) == "164320");  // in the time zone of the source
    check_valid(file, source.files[0]);
  }
}

TEST_CASE("seg encoder: a source with loss makes a result with loss") {
  Source source;
  test::edit_dicom(source.files[4], [](DcmDataset& d) {
    d.putAndInsertString(DCM_LossyImageCompression, "01");
    d.putAndInsertString(DCM_LossyImageCompressionRatio, "12.5");
    d.putAndInsertString(DCM_LossyImageCompressionMethod, "ISO_15444_1");
  });
  const auto file = source.encode();
  CHECK(value(file, DCM_LossyImageCompression) == "01");
  CHECK(value(file, DCM_LossyImageCompressionRatio) == "12.5");
  CHECK(value(file, DCM_LossyImageCompressionMethod) == "ISO_15444_1");
  check_valid(file, source.files[0]);
}

TEST_CASE("seg encoder: a segment without voxels keeps its number and one empty frame") {
  Source source;
  const auto file = source.encode(test::vessel_model(), [](LabelMap& map) {
    std::replace(map.label.begin(), map.label.end(), std::uint8_t{3}, std::uint8_t{0});
  });
  const BinarySeg seg = reread(file);
  CHECK(seg.segments.size() == 4);
  CHECK(seg.segments[2].description == "No voxels found");
  CHECK(std::count_if(seg.frames.begin(), seg.frames.end(),
                      [](const auto& f) { return f.segment == 3; }) == 1);
  CHECK(place_on(seg, source.loaded.volume.geometry)->label == source.labels.label);
  check_valid(file, source.files[0]);
}

TEST_CASE("seg encoder: a result in which nothing was found can be stored and says so") {
  Source source;
  const auto file = source.encode(test::vessel_model(), [](LabelMap& map) {
    std::fill(map.label.begin(), map.label.end(), std::uint8_t{0});
  });
  const BinarySeg seg = reread(file);
  CHECK(seg.frames.size() == 4);
  CHECK(std::all_of(seg.packed.begin(), seg.packed.end(), [](auto b) { return b == 0; }));
  CHECK(value(file, DCM_ContentDescription) == "Nothing found. AI result, not for clinical use");
  check_valid(file, source.files[0]);
}

TEST_CASE("seg encoder: an untrained model is named as such where people look") {
  Source source;
  ModelInfo model = test::vessel_model();
  const auto trained = source.encode(model);
  CHECK(value(trained, DCM_SeriesDescription) == "Pulmonary vessels (AI), not for clinical use");
  model.trained = false;
  const auto untrained = source.encode(model, {}, {.series_description = std::string(42, 'x')});
  CHECK(value(untrained, DCM_SeriesDescription).starts_with("UNTRAINED TEST MODEL xxx"));
  CHECK(value(untrained, DCM_ContentDescription) == "UNTRAINED TEST MODEL, not for clinical use");
  check_valid(untrained, source.files[0]);
}

TEST_CASE("seg encoder: frames of an enhanced source are referred to by number") {
  const test::TempDir dir;
  const Volume volume = test::numbered_volume(test::geometry_of(test::grids()[7], {6, 11, 13}));
  const LoadedSeries loaded = load({test::write_enhanced_ct(volume, dir / "e.dcm")});
  const LabelMap labels = test::some_labels(loaded.volume.geometry, 4);
  const ModelInfo model = test::vessel_model();
  const auto encoded = DcmSegEncoder().encode(
      {loaded, labels, model, test::result_uids("enhanced"), kCreated}, dir / "seg.dcm");
  if (!encoded) FAIL(encoded.error().message);
  const BinarySeg seg = reread(encoded->file);
  CHECK(place_on(seg, loaded.volume.geometry)->label == labels.label);
  for (const auto& frame : seg.frames) {
    CHECK(frame.source_frame == 7 - static_cast<int>(frame.dimension_indices[1]));
  }
  check_valid(encoded->file, dir / "e.dcm");
}

TEST_CASE("seg encoder: what some scanners write wrongly is kept: leading zeros, long numbers") {
  Source source;
  for (std::size_t i = 0; i < source.files.size(); ++i) {
    test::edit_dicom(source.files[i], [&](DcmDataset& d) {
      const std::string sop = "1.2.03.00" + std::to_string(i + 1);
      d.putAndInsertString(DCM_SOPInstanceUID, sop.c_str());
      d.putAndInsertString(DCM_StudyInstanceUID, "1.2.03.4");
      d.putAndInsertString(DCM_SeriesInstanceUID, "1.2.03.5");
      d.putAndInsertString(DCM_FrameOfReferenceUID, "1.2.03.6");
      d.putAndInsertString(DCM_PixelSpacing, "0.800000000000000012\\+0.7E0");
      const std::string position =
          "-40.0000000000000001\\-60\\" + std::to_string(7.5 + 1.25 * static_cast<double>(i));
      d.putAndInsertString(DCM_ImagePositionPatient, position.c_str());
    });
  }
  const BinarySeg seg = reread(source.encode());
  CHECK(seg.study == "1.2.03.4");
  CHECK(seg.referenced_series == "1.2.03.5");
  CHECK(seg.frame_of_reference == "1.2.03.6");
  CHECK(seg.frames[0].source_sop.starts_with("1.2.03.00"));
  CHECK(seg.frames[0].position_text[0] == "-40.0000000000000001");
}

TEST_CASE("seg encoder: the same request gives the same bytes, from any thread") {
  Source source;
  const auto first = test::read_file(source.encode());
  const ModelInfo model = test::vessel_model();
  DcmSegEncoder encoder;
  std::vector<std::string> others(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < others.size(); ++i) {
      threads.emplace_back([&, i] {
        const auto file = source.dir / ("again" + std::to_string(i));
        const auto encoded = encoder.encode(
            {source.loaded, source.labels, model, test::result_uids("test"), kCreated}, file);
        if (encoded) others[i] = test::read_file(file);
      });
    }
  }
  for (const auto& other : others) CHECK((other == first));
}

TEST_CASE("seg encoder: requests that cannot be encoded are refused and leave no file") {
  Source source;
  source.loaded = load(source.files);
  source.labels = test::some_labels(source.loaded.volume.geometry, 4);
  const ModelInfo model = test::vessel_model();
  const auto encode = [&](const LabelMap& labels, const ModelInfo& info,
                          SegEncoderOptions options = {}) {
    const auto encoded =
        DcmSegEncoder(std::move(options))
            .encode({source.loaded, labels, info, test::result_uids("x"), kCreated},
                    source.dir / "x.dcm");
    CHECK_FALSE(fs::exists(source.dir / "x.dcm"));
    CHECK_FALSE(fs::exists(source.dir / "x.dcm.part"));
    REQUIRE_FALSE(encoded);
    return encoded.error().code;
  };
  SUBCASE("texts") {
    CHECK(encode(source.labels, model, {.series_description = std::string(43, 'x')}) ==
          ErrorCode::kInvalidInput);
    CHECK(encode(source.labels, model, {.manufacturer = "M\xc3\xbcller"}) ==
          ErrorCode::kInvalidInput);
    ModelInfo long_label = model;
    long_label.segments[1].label = std::string(65, 'x');
    CHECK(encode(source.labels, long_label) == ErrorCode::kInvalidInput);
  }
  SUBCASE("labels") {
    LabelMap other = source.labels;
    other.geometry.voxel_to_lps[3] += 1;
    CHECK(encode(other, model) == ErrorCode::kInternal);
    other = source.labels;
    other.label[0] = 9;
    CHECK(encode(other, model) == ErrorCode::kInternal);
  }
  SUBCASE("the source changed") {
    test::edit_dicom(source.files[1],
                     [](DcmDataset& d) { d.putAndInsertString(DCM_SOPInstanceUID, "1.2.3"); });
    CHECK(encode(source.labels, model) == ErrorCode::kConflict);
  }
  SUBCASE("the source is gone") {
    fs::remove(source.files[1]);
    CHECK(encode(source.labels, model) == ErrorCode::kNotFound);
  }
}

TEST_CASE("seg encoder: a result that cannot be put in place can be tried again") {
  Source source;
  source.encode();
  fs::create_directories(source.dir / "taken.dcm" / "inside");
  const ModelInfo model = test::vessel_model();
  const SegRequest request{source.loaded, source.labels, model, test::result_uids("test"),
                           kCreated};
  const auto encoded = DcmSegEncoder().encode(request, source.dir / "taken.dcm");
  REQUIRE_FALSE(encoded);
  CHECK(encoded.error().code == ErrorCode::kUnavailable);
  CHECK(encoded.error().message.find("taken.dcm.part") != std::string::npos);
  CHECK_FALSE(fs::exists(source.dir / "taken.dcm.part"));
  const auto nowhere = DcmSegEncoder().encode(request, source.dir / "none" / "seg.dcm");
  CHECK(nowhere.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("seg encoder: the file names the implementation that wrote it") {
  Source source;
  for (const fs::path& file : {source.encode(), source.files.front()}) {
    DcmFileFormat format;
    REQUIRE(format.loadFile(file.c_str()).good());
    OFString uid;
    OFString version;
    format.getMetaInfo()->findAndGetOFString(DCM_ImplementationClassUID, uid);
    format.getMetaInfo()->findAndGetOFString(DCM_ImplementationVersionName, version);
    CHECK(std::string(uid.c_str()) == implementation_class_uid());
    CHECK(std::string(version.c_str()) == kImplementationVersionName);
    Uint32 length = 0;
    format.getMetaInfo()->findAndGetUint32(DCM_FileMetaInformationGroupLength, length);
    // The data set starts where the group length says (PS3.10 7.1), with group 0008.
    CHECK(test::read_file(file).substr(144 + length, 2) == std::string("\x08\0", 2));
  }
}

TEST_CASE("seg encoder: settings name everything that changes a result") {
  const std::string usual = DcmSegEncoder().settings();
  CHECK(usual != DcmSegEncoder({.series_number = 9003}).settings());
  CHECK(usual != DcmSegEncoder({.series_description = "other"}).settings());
  CHECK(usual != DcmSegEncoder({.software_version = "9"}).settings());
  CHECK(usual.find('\n') == std::string::npos);
}

TEST_CASE("seg reader: segmentations elsewhere than the grid are refused") {
  Source source;
  const BinarySeg seg = reread(source.encode());
  Geometry moved = source.loaded.volume.geometry;
  moved.voxel_to_lps[3] += 0.1;
  CHECK_FALSE(place_on(seg, moved));
  Geometry scaled = source.loaded.volume.geometry;
  scaled.voxel_to_lps[0] *= 1.01;
  CHECK_FALSE(place_on(seg, scaled));
  CHECK(read_seg(source.files[0]).error().code == ErrorCode::kUnsupported);
}

TEST_CASE("seg encoder: real CT series") {
  for (const std::string name : {"ct_philips_5mm", "ct_siemens_8mm"}) {
    CAPTURE(name);
    const fs::path folder = fs::path(HILUM_SHARED_DIR) / "data" / name;
    if (!fs::exists(folder)) {
      MESSAGE("no shared data: " << name);
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".dcm") files.push_back(entry.path());
    }
    const LoadedSeries loaded = load(files);
    CHECK(loaded.volume.geometry.size[1] == 512);
    CHECK(loaded.frames.size() == files.size());
    // Plausible HU: air and soft tissue are both there.
    CHECK(*std::min_element(loaded.volume.hu.begin(), loaded.volume.hu.end()) <= -1000);
    LabelMap labels{loaded.volume.geometry,
                    std::vector<std::uint8_t>(loaded.volume.geometry.voxel_count())};
    for (std::size_t i = 0; i < labels.label.size(); ++i) {
      if (loaded.volume.hu[i] > 100) labels.label[i] = static_cast<std::uint8_t>(1 + i % 4);
    }
    const test::TempDir dir;
    const ModelInfo model = test::vessel_model();
    const auto encoded = DcmSegEncoder().encode(
        {loaded, labels, model, test::result_uids(name), kCreated}, dir / "seg.dcm");
    if (!encoded) FAIL(encoded.error().message);
    CHECK(place_on(reread(encoded->file), loaded.volume.geometry)->label == labels.label);
    check_valid(encoded->file, files[0]);
  }
}
