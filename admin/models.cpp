#include "admin/models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/configured_classes.h"
#include "model/bundle.h"
#include "model/examine/examiner.h"
#include "model/prompt.h"
#include "model/segmenter.h"
#include "model/untrained.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

/// The bundle that was installed or built with this program; empty when there is none.
fs::path shipped_bundle() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) return {};
  constexpr auto kName = "default.safetensors";
  for (fs::path candidate : {folder / kName, folder.parent_path() / "share" / "hilum" / kName}) {
    if (fs::is_regular_file(candidate, error)) return candidate;
  }
  return {};
}

/// A bundle whose network is loaded, for any number of lists of classes.
class ModelSource {
 public:
  static Result<ModelSource> open(const config::ModelConfig& config, const fs::path& models) {
    auto file = bundle_file(config, models);
    if (!file) return std::move(file).error();
    const auto bundle = model::ModelBundle::open(*file);
    if (!bundle) return bundle.error();
    const auto precision = model::parse_precision(config.precision);
    if (!precision) return precision.error();
    auto network = model::SharedNetwork::load(
        *bundle, {.device = config.device, .threads = config.threads, .precision = *precision});
    if (!network) return std::move(network).error();
    return ModelSource(config, *std::move(file), bundle->sha256(), *std::move(network));
  }

  /// `labels` as in `ModelConfig::classes`.
  Result<LoadedModel> load(const std::vector<std::string>& labels) const {
    // Opened again, because changing the classes takes the bundle's memory; it is not kept, because
    // its text tower may be larger than the network.
    auto bundle = model::ModelBundle::open(file_);
    if (!bundle) return std::move(bundle).error();
    if (bundle->sha256() != sha256_) {
      return Error{
          ErrorCode::kConflict,
          fmt::format("{} was exchanged while it was being loaded: start again", file_.string())};
    }
    auto classes = configured_classes(labels, config_.described, bundle->manifest().classes);
    if (!classes) return std::move(classes).error();
    if (*classes != bundle->manifest().classes) {
      bundle = model::with_classes(std::move(*bundle), *classes);
      if (!bundle) return std::move(bundle).error().in("use the classes of the configuration");
    }
    auto segmenter = network_.segmenter(*bundle);
    if (!segmenter) return std::move(segmenter).error();
    return LoadedModel{*std::move(segmenter), std::make_unique<model::examine::VesselExaminer>(
                                                  bundle->manifest().classes, config_.threads)};
  }

 private:
  ModelSource(config::ModelConfig config, fs::path file, std::string sha256,
              model::SharedNetwork network)
      : config_(std::move(config)),
        file_(std::move(file)),
        sha256_(std::move(sha256)),
        network_(std::move(network)) {}

  config::ModelConfig config_;
  fs::path file_;
  std::string sha256_;
  model::SharedNetwork network_;
};

}  // namespace

std::string segments_text(const ModelInfo& model) {
  std::vector<std::string> labels;
  for (const SegmentSpec& segment : model.segments) labels.push_back(segment.label);
  return fmt::format("{}", fmt::join(labels, ", "));
}

Result<fs::path> bundle_file(const config::ModelConfig& config, const fs::path& models) {
  if (!config.bundle.empty()) return config.bundle;
  if (fs::path shipped = shipped_bundle(); !shipped.empty()) return shipped;
  const model::UntrainedOptions options;
  const fs::path file = models / fmt::format("untrained-f{}-w{}-s{}.safetensors",
                                             model::Manifest::kFormat, options.width, options.seed);
  std::error_code error;
  if (fs::exists(file, error)) return file;
  fs::create_directories(models, error);
  if (error) {
    return Error{ErrorCode::kInternal,
                 fmt::format("cannot create {}: {}", models.string(), error.message())};
  }
  auto written = model::write_untrained_bundle(file, options);
  if (!written) return std::move(written).error().in("make the untrained model");
  return file;
}

Result<LoadedModel> load_model(const config::ModelConfig& config, const fs::path& models) {
  const auto source = ModelSource::open(config, models);
  if (!source) return source.error();
  return source->load(config.classes);
}

Result<NodeModels> load_models(const config::Config& config, const fs::path& models) {
  const auto source = ModelSource::open(config.model, models);
  if (!source) return source.error();
  auto main = source->load(config.model.classes);
  if (!main) return std::move(main).error().in("[model]");
  NodeModels loaded{.main = *std::move(main), .others = {}};
  for (const auto& one : config.virtual_nodes) {
    if (one.classes == config.model.classes) continue;
    auto own = source->load(one.classes);
    if (!own) {
      return std::move(own).error().in(fmt::format("[[virtual_node]] {}", one.ae_title.str()));
    }
    loaded.others.emplace(one.node, *std::move(own));
  }
  return loaded;
}

}  // namespace hilum::admin
