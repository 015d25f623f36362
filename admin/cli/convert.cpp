#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/dicom_folder.h"
#include "admin/cli/segment_classes.h"
#include "dicomseg/ct_reader.h"
#include "dicomseg/seg_reader.h"
#include "model/nifti/nifti.h"
#include "model/standard_classes.h"

/// DICOM -> NIfTI, the form that `hilum model train` and `hilum model evaluate` read.
namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

struct ConvertCommand {
  fs::path ct;
  fs::path seg;
  fs::path out;
  std::string series;
  std::string split = "train";
  std::string kind;
};

using Series = std::pair<const SeriesKey, std::vector<ReceivedInstance>>;

/// The series that --series or the SEG names, or the only one that is a CT.
Result<const Series*> choose_series(const DicomFolder& folder, const std::string& wanted,
                                    const fs::path& directory) {
  std::vector<const Series*> found;
  std::vector<std::string> names;
  for (const Series& one : folder.series) {
    if (!wanted.empty()) {
      if (one.first.series.str() == wanted) found.push_back(&one);
    } else if (auto facts = dicomseg::CtReader{}.inspect(files_of(one.second));
               facts && facts->sop_class_can_be_segmented) {
      found.push_back(&one);
    }
    names.push_back(one.first.series.str());
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Error{ErrorCode::kNotFound,
                 wanted.empty() ? fmt::format("convert: no CT series below {}", directory.string())
                                : fmt::format("convert: series {} is not below {}, which has {}",
                                              wanted, directory.string(), fmt::join(names, ", "))};
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("convert: {} holds {} CT series; choose one with --series: {}",
                           directory.string(), found.size(), fmt::join(names, ", "))};
}

/// The segmentation's voxels as labels of the standard classes, and which of these it has.
struct Labels {
  LabelMap map;
  std::array<bool, 4> present{};
  bool synthetic = false;
};

/// label_of[segment number] for `place_segments`; prints what becomes of each segment.
std::vector<std::uint8_t> map_segments(const dicomseg::Segmentation& seg, Labels& labels) {
  const auto classes = model::standard_classes();
  std::vector<std::uint8_t> label_of(256, 0);
  for (const auto& segment : seg.segments) {
    const auto index = class_of_segment(segment.spec, classes);
    // What the segment is called comes from the file and may be long; codes say enough.
    fmt::print("segment {:<3} {} ({}, {}) -> {}\n", segment.number, segment.spec.type.meaning,
               segment.spec.type.value, segment.spec.type.scheme,
               index ? fmt::format("{} {}", *index + 1, classes[*index].segment.label)
                     : "left out: not one of the four classes");
    if (!index || segment.number < 1 || segment.number > 255) continue;
    label_of[static_cast<std::size_t>(segment.number)] = static_cast<std::uint8_t>(*index + 1);
    labels.present[*index] = true;
    labels.synthetic =
        labels.synthetic || segment.algorithm_name.find("ynthetic") != std::string::npos;
  }
  return label_of;
}

Result<Labels> place_labels(const dicomseg::Segmentation& seg, const LoadedSeries& series) {
  Labels labels;
  const auto label_of = map_segments(seg, labels);
  if (std::ranges::count(labels.present, true) == 0) {
    return Error{ErrorCode::kInvalidInput,
                 "no segment is a left or right pulmonary artery or vein"};
  }
  auto placed = dicomseg::place_segments(seg, series, label_of);
  if (!placed) return std::move(placed).error();
  if (placed->overlapping > 0) {
    fmt::print(
        "note: {} voxels are claimed by two segments; the class with the smaller number "
        "keeps them\n",
        placed->overlapping);
  }
  labels.map = std::move(placed->map);
  return labels;
}

/// As the dataset list's column has it.
std::string labelled_column(const std::array<bool, 4>& present) {
  if (std::ranges::count(present, false) == 0) return "all";
  const auto classes = model::standard_classes();
  std::vector<std::string> names;
  for (std::size_t k = 0; k < present.size(); ++k) {
    if (present[k]) names.push_back(classes[k].segment.label);
  }
  return fmt::format("{}", fmt::join(names, ";"));
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// Writes labels and prints the line for the dataset list.
Status write_labels(const ConvertCommand& command, const Labels& labels, const std::string& kind) {
  const fs::path file = command.out / "labels.nii.gz";
  if (auto written = model::write_nifti(file, labels.map, kind); !written) return written;
  const auto classes = model::standard_classes();
  for (std::size_t k = 0; k < labels.present.size(); ++k) {
    if (!labels.present[k]) continue;
    const auto voxels = std::ranges::count(labels.map.label, static_cast<std::uint8_t>(k + 1));
    fmt::print("{:<24} {:9.1f} ml\n", classes[k].segment.label,
               static_cast<double>(voxels) * labels.map.geometry.voxel_ml());
  }
  fmt::print(
      "written {}\nline for the dataset list:\nct,labels,labelled,split,kind\n{},{},{},{},{}\n",
      file.string(), csv_field(fs::absolute(command.out / "ct.nii.gz").string()),
      csv_field(fs::absolute(file).string()), csv_field(labelled_column(labels.present)),
      csv_field(command.split), csv_field(kind));
  return ok();
}

Status convert_series(const ConvertCommand& command) {
  std::optional<dicomseg::Segmentation> seg;
  if (!command.seg.empty()) {
    auto read = dicomseg::read_seg(command.seg);
    if (!read) return std::move(read).error().in(command.seg.string());
    seg = *std::move(read);
  }
  auto folder = read_dicom_folder(command.ct);
  if (!folder) return std::move(folder).error();
  const std::string wanted =
      command.series.empty() && seg ? seg->referenced_series : command.series;
  auto series = choose_series(*folder, wanted, command.ct);
  if (!series) return std::move(series).error();
  auto loaded = dicomseg::CtReader{}.read(files_of((*series)->second), {});
  if (!loaded) return std::move(loaded).error();
  for (const std::string& note : loaded->notes) fmt::print("note: {}\n", note);
  for (const Doubt& doubt : loaded->doubts) fmt::print("note: {}\n", doubt.text);

  std::optional<Labels> labels;
  if (seg) {
    auto placed = place_labels(*seg, *loaded);
    if (!placed) return std::move(placed).error().in(command.seg.string());
    labels = *std::move(placed);
  }
  const bool synthetic = labels && labels->synthetic;
  const std::string kind = command.kind.empty() && synthetic ? "synthetic" : command.kind;
  const fs::path ct = command.out / "ct.nii.gz";
  if (auto written = model::write_nifti(ct, loaded->volume, kind); !written) return written;
  const auto& size = loaded->volume.geometry.size;
  fmt::print("written {} ({} slices of {} x {})\n", ct.string(), size[0], size[1], size[2]);
  return labels ? write_labels(command, *labels, kind) : ok();
}

int convert(const ConvertCommand& command) {
  std::error_code error;
  fs::create_directories(command.out, error);
  if (error) {
    return fail({ErrorCode::kInvalidInput,
                 fmt::format("cannot create {}: {}", command.out.string(), error.message())});
  }
  auto done = convert_series(command);
  return done ? kExitOk : fail(done.error());
}

}  // namespace

void add_convert(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "convert", "Turn a CT series, and a DICOM SEG of it, into NIfTI files to train with");
  auto options = std::make_shared<ConvertCommand>();
  command->add_option("CT", options->ct, "Folder with the CT series")->required();
  command->add_option("--seg", options->seg, "A segmentation of it, a DICOM file");
  command->add_option("-o,--out", options->out, "Folder for ct.nii.gz and labels.nii.gz")
      ->required();
  command->add_option("--series", options->series,
                      "Series Instance UID, where the folder holds several");
  command->add_option("--split", options->split, "For the printed line of the dataset list")
      ->check(CLI::IsMember({"train", "validation", "test"}))
      ->capture_default_str();
  command->add_option("--kind", options->kind,
                      "Word about the data for the list and the files, such as \"synthetic\"");
  command->callback([options, &exit_code] { exit_code = convert(*options); });
}

}  // namespace hilum::admin
