#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "admin/cli/commands.h"
#include "admin/cli/dicom_folder.h"
#include "admin/cli/progress_bar.h"
#include "admin/cli/result_table.h"
#include "admin/models.h"
#include "admin/version.h"
#include "admin/wiring.h"
#include "dicomseg/ct_reader.h"
#include "dicomseg/picture_reader.h"
#include "dicomseg/preview.h"
#include "dicomseg/result_writer.h"
#include "dicomseg/seg_reader.h"
#include "pipeline/domain/durable_file.h"
#include "pipeline/process_series.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

struct SegmentOptions {
  fs::path directory;
  fs::path out;
  std::string config_file;  ///< for rules, model and profiles; empty: the defaults
  std::string node;         ///< name or AE title of a virtual one; empty: the main one
  std::string profile;      ///< of the configuration; empty: all kinds of objects
  // Instead of what the configuration says:
  fs::path bundle;
  std::optional<std::string> precision;
  std::optional<std::string> device;
  std::optional<int> threads;
};

/// Everything one call works with.
struct Workshop {
  pipeline::SeriesRules rules;
  LoadedModel model;
  SystemClock clock;
  dicomseg::CtReader reader;
  dicomseg::DcmResultWriter writer{{.equipment = {.software_version = kVersion}}};
  ViewerProfile profile;
};

/// Everything there is to see, unless a profile of the configuration is asked for.
Result<ViewerProfile> chosen_profile(const config::Config& config, const std::string& name) {
  if (name.empty()) {
    return ViewerProfile{.name = "segment",
                         .report = ViewerProfile::Report::kSr,
                         .pictures = ViewerProfile::Pictures::kMultiFrame};
  }
  const auto found = std::ranges::find(config.profiles, name, &ViewerProfile::name);
  if (found != config.profiles.end()) return *found;
  return Error{ErrorCode::kInvalidInput,
               fmt::format("there is no [[profile]] '{}' in the configuration (--config)", name)};
}

/// Rules and classes of the virtual node become those of the configuration.
Status become(config::Config& config, const std::string& node) {
  const auto own = std::ranges::find_if(config.virtual_nodes, [&](const auto& one) {
    return one.node.name() == node || one.ae_title.str() == node;
  });
  if (own == config.virtual_nodes.end()) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("there is no [[virtual_node]] '{}' in the configuration (--config)", node)};
  }
  config.rules = own->rules;
  config.model.classes = own->classes;
  return ok();
}

Result<config::Config> configuration_for(const SegmentOptions& options) {
  config::Config config;
  if (!options.config_file.empty()) {
    auto loaded = config::load_config(options.config_file);
    if (!loaded) return loaded;
    config = *std::move(loaded);
  }
  if (!options.node.empty()) {
    if (auto done = become(config, options.node); !done) return std::move(done).error();
  }
  if (!options.bundle.empty()) config.model.bundle = options.bundle;
  config.model.precision = options.precision.value_or(config.model.precision);
  config.model.device = options.device.value_or(config.model.device);
  config.model.threads = options.threads.value_or(config.model.threads);
  return config;
}

Result<std::unique_ptr<Workshop>> open_workshop(const SegmentOptions& options) {
  auto workshop = std::make_unique<Workshop>();
  auto config = configuration_for(options);
  if (!config) return std::move(config).error();
  auto rules = series_rules(config->rules);
  if (!rules) return std::move(rules).error();
  workshop->rules = *std::move(rules);
  auto loaded = load_model(config->model, options.out / "models");
  if (!loaded) return std::move(loaded).error().in("load the model");
  workshop->model = *std::move(loaded);
  auto profile = chosen_profile(*config, options.profile);
  if (!profile) return std::move(profile).error();
  workshop->profile = *std::move(profile);
  return workshop;
}

/// A picture beside the SEG, from the SEG itself read back.
Status write_picture(Workshop& workshop, const std::vector<fs::path>& files, const fs::path& seg) {
  auto source = workshop.reader.read(files, {});
  if (!source) return std::move(source).error();
  auto read_back = dicomseg::read_seg(seg);
  if (!read_back) return std::move(read_back).error();
  auto labels = dicomseg::place_on(*read_back, *source);
  if (!labels) return std::move(labels).error();
  std::vector<SegmentSpec> specs;
  for (const auto& segment : read_back->segments) specs.push_back(segment.spec);
  auto sheet = dicomseg::preview_sheet(source->volume, *labels, specs, dicomseg::PreviewOptions{});
  if (!sheet) return std::move(sheet).error();
  return write_png(*sheet, fs::path(seg).replace_extension(".png"));
}

/// What DICOM viewers show, for those who have none at hand: the report as text, pictures as PNG.
Status write_for_people(const ResultObject& object) {
  if (object.kind == ResultKind::kReport) {
    const std::array pieces{std::as_bytes(std::span(object.text))};
    return replace_file(fs::path(object.file).replace_extension(".txt"), pieces);
  }
  if (object.kind != ResultKind::kPictures) return ok();
  auto pictures = dicomseg::read_pictures(object.file);
  if (!pictures) return std::move(pictures).error();
  int number = 0;
  for (const RgbImage& picture : *pictures) {
    const auto name = fmt::format(".{:02}.png", ++number);
    auto written = write_png(picture, fs::path(object.file).replace_extension(name));
    if (!written) return written;
  }
  return ok();
}

std::vector<SegmentVolume> volumes_of(const Segmenter& segmenter, const Findings& findings) {
  std::vector<SegmentVolume> volumes;
  for (std::size_t k = 0; k < findings.segments.size(); ++k) {
    volumes.push_back({.label = segmenter.info().segments[k].label,
                       .voxels = findings.segments[k].voxels,
                       .millilitres = findings.segments[k].millilitres});
  }
  return volumes;
}

Status segment_series(Workshop& workshop, const std::vector<ReceivedInstance>& instances,
                      const fs::path& out) {
  const auto files = files_of(instances);
  ProgressBar bar("segmenting");
  const pipeline::SeriesTools tools{.reader = workshop.reader,
                                    .segmenter = *workshop.model.segmenter,
                                    .examiner = *workshop.model.examiner,
                                    .writer = workshop.writer,
                                    .clock = workshop.clock,
                                    .profiles = {workshop.profile}};
  auto result = pipeline::process_series(tools, files, instances_digest(instances), out,
                                         [&](double fraction) { bar.show(fraction); }, {});
  bar.finish();
  if (!result) return std::move(result).error();
  for (const std::string& note : result->log.notes) fmt::print("note: {}\n", note);
  fmt::print("{}", result_table(volumes_of(*workshop.model.segmenter, result->findings)));
  const auto& objects = result->packages.front().objects;
  for (const ResultObject& object : objects) {
    fmt::print("{:12}  {}\n", to_string(object.kind), object.file.string());
    if (auto done = write_for_people(object); !done) return done;
  }
  // The picture shows the file that was written, so it is of the first segmentation.
  if (objects.front().kind != ResultKind::kSegmentation) return ok();
  auto picture = write_picture(workshop, files, objects.front().file);
  if (!picture) return std::move(picture).error().in("draw the picture");
  fmt::print("{:12}  {}\n", "overview",
             fs::path(objects.front().file).replace_extension(".png").string());
  return ok();
}

int segment(const SegmentOptions& options) {
  auto folder = read_dicom_folder(options.directory);
  if (!folder) return fail(folder.error());
  if (folder->series.empty()) {
    return fail({ErrorCode::kNotFound,
                 fmt::format("no DICOM files that can be read below {} ({} other files)",
                             options.directory.string(), folder->other_files)});
  }
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) {
    return fail({ErrorCode::kInvalidInput,
                 fmt::format("cannot create {}: {}", options.out.string(), error.message())});
  }
  auto workshop = open_workshop(options);
  if (!workshop) return fail(workshop.error(), kExitConfig);
  if (!(*workshop)->model.segmenter->info().trained) {
    fmt::print(stderr, "WARNING: untrained model; its segments have no meaning (--bundle)\n");
  }

  int segmented = 0;
  int failed = 0;
  for (const auto& [key, instances] : folder->series) {
    fmt::print("series {}: {} instances\n", key.series.str(), instances.size());
    auto facts = (*workshop)->reader.inspect(files_of(instances));
    const SeriesDecision decision =
        facts ? pipeline::decide(*facts, (*workshop)->rules)
              : SeriesDecision{NotSegmented{"cannot be read: " + facts.error().message}};
    if (const auto* refused = std::get_if<NotSegmented>(&decision)) {
      fmt::print("not segmented: {}\n", refused->reason);
      continue;
    }
    if (auto done = segment_series(**workshop, instances, options.out); done) {
      ++segmented;
    } else {
      ++failed;
      fail(done.error());
    }
  }
  if (segmented == 0 && failed == 0) fmt::print("nothing to segment\n");
  return segmented > 0 && failed == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void add_segment(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "segment", "Segment the CT series in a folder, without the network: SEG, report, pictures");
  auto options = std::make_shared<SegmentOptions>();
  command->add_option("DIR", options->directory, "Folder with DICOM files, searched to any depth")
      ->required();
  command->add_option("-o,--out", options->out, "Folder for the results")->required();
  auto* config = command->add_option("-c,--config", options->config_file,
                                     "Take rules, model, classes and profiles from this file");
  command
      ->add_option("--node", options->node,
                   "As this [[virtual_node]] (name or AE title) does it: its rules and classes")
      ->needs(config);
  command->add_option("-b,--bundle", options->bundle,
                      "Model bundle (default: that of --config, or the one that comes with hilum)");
  command->add_option(
      "--precision", options->precision,
      "auto, float32, tf32, bfloat16 or float16 (default: that of --config, or auto)");
  command->add_option("--device", options->device,
                      "auto, cpu, cuda or cuda:N (default: that of --config, or auto)");
  command
      ->add_option("--threads", options->threads,
                   "CPU threads; 0: all cores (default: those of --config, or 0)")
      ->check(CLI::Range(0, 1024));
  command->add_option("--profile", options->profile,
                      "Write what this [[profile]] asks for (default: SEG, report and pictures)");
  command->callback([options, &exit_code] { exit_code = segment(*options); });
}

}  // namespace hilum::admin
