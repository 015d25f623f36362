#include "model/volume_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/bundle.h"

namespace hilum::model {
namespace {

using nlohmann::json;

constexpr auto kOrigin = "volume_ranges";  // in the provenance

Error invalid(const std::filesystem::path& report, std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("{}: {}", report.string(), what)};
}

Result<json> read_report(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, "cannot open " + file.string()};
  json report = json::parse(in, nullptr, false);
  if (report.is_discarded() || !report.is_object() || !report.contains("cases") ||
      !report["cases"].is_array()) {
    return invalid(file, "not a report of hilum model evaluate --json");
  }
  return report;
}

struct Found {
  std::map<std::string, VolumeRange> by_label;  ///< without margin
  int cases = 0;
};

/// Cases in which a class was not found say nothing of how large it is.
Found found_in(const json& report) {
  Found found;
  for (const json& one : report["cases"]) {
    const auto classes = one.find("classes");
    if (classes == one.end() || !classes->is_array()) continue;  // it failed
    ++found.cases;
    for (const json& entry : *classes) {
      const double volume = entry.value("predicted_ml", 0.0);
      if (volume <= 0) continue;
      const auto [at, is_new] =
          found.by_label.try_emplace(entry.value("label", ""), VolumeRange{volume, volume});
      at->second = {std::min(at->second.least, volume), std::max(at->second.most, volume)};
    }
  }
  return found;
}

}  // namespace

Result<VolumeRanges> set_volume_ranges(const VolumeRangesRequest& request) {
  if (!(request.margin > 1)) {
    return Error{ErrorCode::kInvalidInput, "the margin of volume ranges must be more than 1"};
  }
  const auto bundle = ModelBundle::open(request.bundle);
  if (!bundle) return bundle.error();
  const auto report = read_report(request.report);
  if (!report) return report.error();
  if (report->value("bundle_sha256", "") != bundle->sha256()) {
    return invalid(request.report, "it is of another bundle than " + request.bundle.string() +
                                       ": evaluate this one first");
  }
  const Found found = found_in(*report);
  Manifest manifest = bundle->manifest();
  for (ModelClass& one : manifest.classes) {
    const auto range = found.by_label.find(one.segment.label);
    if (range == found.by_label.end()) {
      return invalid(request.report,
                     fmt::format("'{}' was found in none of its cases", one.segment.label));
    }
    // Rounded as people would: the manifest is read by them too.
    const auto tenth = [](double ml) { return std::round(ml * 10) / 10; };
    one.volume_ml = VolumeRange{.least = tenth(range->second.least / request.margin),
                                .most = tenth(range->second.most * request.margin)};
  }
  const bool synthetic =
      report->contains("summary") && (*report)["summary"].value("scores_are", "") == "synthetic";
  manifest.provenance[kOrigin] =
      fmt::format("a factor of {} beyond what this model found in {}{} cases", request.margin,
                  found.cases, synthetic ? " synthetic" : "");
  VolumeRanges result{.classes = manifest.classes,
                      .cases = found.cases,
                      .file = request.out.empty() ? request.bundle : request.out,
                      .sha256 = {}};
  auto sha256 = bundle->save_changed(result.file, manifest, {});
  if (!sha256) return std::move(sha256).error();
  result.sha256 = *std::move(sha256);
  return result;
}

void forget_volume_ranges(Manifest& manifest) {
  for (ModelClass& one : manifest.classes) one.volume_ml.reset();
  manifest.provenance.erase(kOrigin);
}

}  // namespace hilum::model
