#include "dicomseg/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/dicom_folder.h"
#include "admin/cli/result_table.h"
#include "dicomseg/ct_reader.h"
#include "dicomseg/seg_reader.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

struct PreviewCommand {
  fs::path ct;
  fs::path seg;
  fs::path out;
  dicomseg::PreviewOptions picture;
};

std::vector<SegmentVolume> volumes_of(const LabelMap& labels,
                                      const std::vector<dicomseg::SegSegment>& segments) {
  std::vector<SegmentVolume> volumes;
  for (const auto& segment : segments) {
    const auto voxels = std::count(labels.label.begin(), labels.label.end(), segment.number);
    volumes.push_back({.label = segment.spec.label,
                       .voxels = static_cast<std::uint64_t>(voxels),
                       .millilitres = static_cast<double>(voxels) * labels.geometry.voxel_ml()});
  }
  return volumes;
}

int preview(const PreviewCommand& command) {
  auto seg = dicomseg::read_seg(command.seg);
  if (!seg) return fail(seg.error());
  auto folder = read_dicom_folder(command.ct);
  if (!folder) return fail(folder.error());
  const auto source = std::find_if(
      folder->series.begin(), folder->series.end(),
      [&](const auto& entry) { return entry.first.series.str() == seg->referenced_series; });
  if (source == folder->series.end()) {
    return fail(
        {ErrorCode::kNotFound, fmt::format("the SEG refers to series {}, which is not below {}",
                                           seg->referenced_series, command.ct.string())});
  }
  auto loaded = dicomseg::CtReader{}.read(files_of(source->second), {});
  if (!loaded) return fail(loaded.error());
  auto labels = dicomseg::place_on(*seg, *loaded);
  if (!labels) return fail(labels.error());

  std::vector<SegmentSpec> specs;
  for (const auto& segment : seg->segments) specs.push_back(segment.spec);
  auto sheet = dicomseg::preview_sheet(loaded->volume, *labels, specs, command.picture);
  if (!sheet) return fail(sheet.error());
  if (auto written = write_png(*sheet, command.out); !written) {
    return fail(written.error());
  }
  fmt::print("{}", result_table(volumes_of(*labels, seg->segments)));
  return kExitOk;
}

}  // namespace

void add_preview(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "preview", "Draw a DICOM SEG over its CT into a PNG, and print its volumes");
  auto options = std::make_shared<PreviewCommand>();
  command->add_option("CT", options->ct, "Folder with the CT series")->required();
  command->add_option("SEG", options->seg, "The segmentation, a DICOM file")->required();
  command->add_option("-o,--out", options->out, "The picture to write")->required();
  command->add_option("--slices", options->picture.axial_tiles, "Number of axial slices")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = preview(*options); });
}

}  // namespace hilum::admin
