#include "tests/unit/dicomseg/synthetic.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cmath>
#include <cstdio>
#include <numeric>
#include <stdexcept>

#include "dicomseg/dataset_writer.h"

namespace hilum::test {
namespace {

void require(const OFCondition& condition) {
  if (condition.bad()) throw std::runtime_error(condition.text());
}

std::string joined(const Vec3& v, double scale = 1) {
  using dicomseg::decimal_string;
  return decimal_string(v[0] * scale) + '\\' + decimal_string(v[1] * scale) + '\\' +
         decimal_string(v[2] * scale);
}

DcmItem& nested(DcmItem& parent, const DcmTagKey& sequence, long index = 0) {
  DcmItem* item = nullptr;
  require(parent.findOrCreateSequenceItem(sequence, item, index));
  return *item;
}

void set(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  require(item.putAndInsertOFStringArray(tag, value.c_str()));
}

}  // namespace

std::vector<NamedGrid> grids() {
  return {
      {"axial", {0.7, 0, 0}, {0, 0.8, 0}, {0, 0, 1.25}},
      {"axial, numbered from the head", {0.7, 0, 0}, {0, 0.8, 0}, {0, 0, -1.25}},
      {"feet first prone", {-0.7, 0, 0}, {0, 0.8, 0}, {0, 0, -1.25}},
      {"coronal", {0.7, 0, 0}, {0, 0, -0.8}, {0, 2, 0}},
      {"sagittal", {0, 0.7, 0}, {0, 0, -0.8}, {-2, 0, 0}},
      {"oblique", {0.56, 0.42, 0}, {-0.48, 0.64, 0}, {0, 0, 1.5}},
      {"double oblique", {0.48, 0.384, 0.512}, {-0.64, 0.288, 0.384}, {0, -1.6, 1.2}},
      {"gantry tilt", {0.7, 0, 0}, {0, 0.64, -0.48}, {0, 0, 2.5}},
  };
}

Geometry geometry_of(const NamedGrid& grid, std::array<int, 3> size, Vec3 origin) {
  Geometry g;
  g.size = size;
  for (std::size_t row = 0; row < 3; ++row) {
    g.voxel_to_lps[row * 4 + 0] = grid.x[row];
    g.voxel_to_lps[row * 4 + 1] = grid.y[row];
    g.voxel_to_lps[row * 4 + 2] = grid.z[row];
    g.voxel_to_lps[row * 4 + 3] = origin[row];
  }
  return g;
}

Volume numbered_volume(const Geometry& geometry) {
  Volume v{geometry, std::vector<std::int16_t>(geometry.voxel_count())};
  for (std::size_t i = 0; i < v.hu.size(); ++i) {
    v.hu[i] = static_cast<std::int16_t>(static_cast<int>((i * 37) % 4096) - 1024);
  }
  return v;
}

LabelMap some_labels(const Geometry& geometry, int segments) {
  LabelMap map{geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
  for (std::size_t i = 0; i < map.label.size(); ++i) {
    const std::size_t mixed = (i * 2654435761U) >> 7;
    if (mixed % 3 == 0) {
      map.label[i] = static_cast<std::uint8_t>(1 + (mixed / 3) % static_cast<unsigned>(segments));
    }
  }
  return map;
}

ModelInfo vessel_model() {
  const CodedConcept structure{"123037004", "SCT", "Anatomical Structure"};
  const CodedConcept artery{"81040000", "SCT", "Pulmonary artery"};
  const CodedConcept vein{"122972007", "SCT", "Pulmonary vein"};
  const CodedConcept left{"7771000", "SCT", "Left"};
  const CodedConcept right{"24028007", "SCT", "Right"};
  const CodedConcept lung{"39607008", "SCT", "Lung"};
  ModelInfo model{.name = "La-CAF",
                  .version = "0.1.0",
                  .sha256 = std::string(64, 'a'),
                  .trained = true,
                  .segments = {},
                  .device = "cpu"};
  model.segments = {
      {"Left pulmonary artery", structure, artery, left, lung, left, {90, 170, 220}},
      {"Left pulmonary vein", structure, vein, left, lung, left, {230, 120, 105}},
      {"Right pulmonary artery", structure, artery, right, lung, right, {0, 122, 171}},
      {"Right pulmonary vein", structure, vein, right, lung, right, {186, 77, 64}},
  };
  return model;
}

void edit_dicom(const std::filesystem::path& file, const std::function<void(DcmDataset&)>& change) {
  DcmFileFormat format;
  require(format.loadFile(file.c_str()));
  require(format.loadAllDataIntoMemory());
  change(*format.getDataset());
  require(format.saveFile(file.c_str()));
}

std::string raw_value(const std::filesystem::path& file, unsigned group, unsigned element) {
  DcmFileFormat format;
  require(format.loadFile(file.c_str()));
  const DcmTagKey tag(static_cast<Uint16>(group), static_cast<Uint16>(element));
  DcmElement* found = nullptr;
  if (format.getDataset()->findAndGetElement(tag, found).bad()) return {};
  std::string bytes(found->getLength(), '\0');
  if (!bytes.empty()) require(found->getPartialValue(bytes.data(), 0, found->getLength()));
  return bytes;
}

std::filesystem::path write_enhanced_ct(const Volume& volume, const std::filesystem::path& file) {
  const Geometry& g = volume.geometry;
  const double dx = std::hypot(g.step_mm(0)[0], g.step_mm(0)[1], g.step_mm(0)[2]);
  const double dy = std::hypot(g.step_mm(1)[0], g.step_mm(1)[1], g.step_mm(1)[2]);
  DcmFileFormat format;
  DcmDataset& d = *format.getDataset();
  set(d, DCM_SOPClassUID, UID_EnhancedCTImageStorage);
  set(d, DCM_SOPInstanceUID, derived_uid("enhanced"));
  set(d, DCM_StudyInstanceUID, derived_uid("enhanced study"));
  set(d, DCM_SeriesInstanceUID, derived_uid("enhanced series"));
  set(d, DCM_FrameOfReferenceUID, derived_uid("enhanced frame"));
  set(d, DCM_PatientName, "Enhanced^Phantom");
  set(d, DCM_PatientID, "E1");
  set(d, DCM_PatientBirthDate, "19700101");
  set(d, DCM_PatientSex, "O");
  set(d, DCM_StudyDate, "20200101");
  set(d, DCM_StudyTime, "120000");
  set(d, DCM_StudyID, "1");
  set(d, DCM_AccessionNumber, "");
  set(d, DCM_ReferringPhysicianName, "");
  set(d, DCM_Modality, "CT");
  set(d, DCM_ImageType, "ORIGINAL\\PRIMARY\\VOLUME\\NONE");
  set(d, DCM_NumberOfFrames, std::to_string(g.size[0]));
  set(d, DCM_PhotometricInterpretation, "MONOCHROME2");
  for (const auto& [tag, value] :
       std::vector<std::pair<DcmTagKey, int>>{{DCM_SamplesPerPixel, 1},
                                              {DCM_Rows, g.size[1]},
                                              {DCM_Columns, g.size[2]},
                                              {DCM_BitsAllocated, 16},
                                              {DCM_BitsStored, 16},
                                              {DCM_HighBit, 15},
                                              {DCM_PixelRepresentation, 1}}) {
    require(d.putAndInsertUint16(tag, static_cast<Uint16>(value)));
  }
  DcmItem& shared = nested(d, DCM_SharedFunctionalGroupsSequence);
  set(nested(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient,
      joined(g.step_mm(0), 1 / dx) + '\\' + joined(g.step_mm(1), 1 / dy));
  set(nested(shared, DCM_PixelMeasuresSequence), DCM_PixelSpacing,
      dicomseg::decimal_string(dy) + '\\' + dicomseg::decimal_string(dx));
  const std::size_t slice = g.voxel_count() / static_cast<std::size_t>(g.size[0]);
  std::vector<Sint16> pixels;
  for (int frame = 0; frame < g.size[0]; ++frame) {
    const int z = g.size[0] - 1 - frame;
    const int intercept = frame;  // differs from frame to frame
    DcmItem& own = nested(d, DCM_PerFrameFunctionalGroupsSequence, frame);
    set(nested(own, DCM_PlanePositionSequence), DCM_ImagePositionPatient,
        joined(g.to_lps({0, 0, static_cast<double>(z)})));
    DcmItem& rescale = nested(own, DCM_PixelValueTransformationSequence);
    set(rescale, DCM_RescaleSlope, "1");
    set(rescale, DCM_RescaleIntercept, std::to_string(intercept));
    for (std::size_t i = 0; i < slice; ++i) {
      pixels.push_back(static_cast<Sint16>(volume.hu[g.index(z, 0, 0) + i] - intercept));
    }
  }
  require(d.putAndInsertUint16Array(DcmTag(DCM_PixelData, EVR_OW),
                                    reinterpret_cast<const Uint16*>(pixels.data()),
                                    static_cast<unsigned long>(pixels.size())));
  require(format.saveFile(file.c_str(), EXS_LittleEndianExplicit));
  return file;
}

CommandResult run_command(const std::string& command) {
  CommandResult result;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    result.output.append(buffer, n);
  }
  result.exit_status = pclose(pipe);
  return result;
}

bool installed(const std::string& program) {
  return run_command("command -v " + program).exit_status == 0;
}

}  // namespace hilum::test
