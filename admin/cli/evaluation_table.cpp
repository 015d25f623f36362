#include "admin/cli/evaluation_table.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/cli/table.h"

namespace hilum::admin {
namespace {

using model::evaluate::ClassSummary;
using model::evaluate::EvaluationReport;
using model::evaluate::kBins;
using model::evaluate::Statistic;
using model::evaluate::Summary;

constexpr std::size_t kWidth = 80;
constexpr const char* kNone = "-";

std::string mean(const std::optional<Statistic>& value) {
  return value ? fmt::format("{:.3f}", value->mean) : kNone;
}
std::string mean(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : kNone;
}
std::string mean_sd(const std::optional<Statistic>& value) {
  if (!value) return kNone;
  // One case has no spread.
  return value->n > 1 ? fmt::format("{:.3f} ± {:.3f}", value->mean, value->sd) : mean(value);
}
std::string median(const std::optional<Statistic>& value) {
  return value ? fmt::format("{:.3f}", value->median) : kNone;
}
std::string count(const std::optional<Statistic>& value) {
  return fmt::to_string(value ? value->n : 0);
}
std::string percent(const std::optional<Statistic>& value) {
  constexpr double kPercent = 100;
  return value ? fmt::format("{:.1f} %", value->mean * kPercent) : kNone;
}

std::string title(const EvaluationReport& report, const Summary& summary) {
  const auto cases = report.cases.size();
  std::string text;
  if (summary.synthetic > 0 && summary.synthetic == summary.scored) {
    text += fmt::format("SYNTHETIC DATA. {}.\n", model::evaluate::kSyntheticWarning);
  } else if (summary.synthetic > 0) {
    text += fmt::format("PARTLY SYNTHETIC DATA: {} of {} cases are no patients\n",
                        summary.synthetic, summary.scored);
  }
  if (!report.model.empty()) {
    text += fmt::format("model    {}{}\nsha256   {}\n", report.model,
                        report.trained ? "" : ", UNTRAINED: its segments have no meaning",
                        report.bundle_sha256);
  }
  for (const std::string& prompt : report.prompts) text += fmt::format("prompt   {}\n", prompt);
  text += fmt::format("data     {}{}, {} of {} {} scored\n", report.data,
                      report.split.empty() ? "" : ", split " + report.split, summary.scored, cases,
                      cases == 1 ? "case" : "cases");
  return text;
}

/// The first column's head: every table of scores on synthetic data says so itself.
std::string head(std::string text, const Summary& summary) {
  if (summary.synthetic == 0) return text;
  return (summary.synthetic == summary.scored ? "SYNTHETIC: " : "PARTLY SYNTHETIC: ") +
         std::move(text);
}

std::string class_table(const Summary& summary) {
  Table table({head("CLASS", summary), "N", "DICE", "MEDIAN", "NSD", "CLDICE", "RECALL", "PRECIS"});
  for (const ClassSummary& one : summary.classes) {
    table.add({one.label, count(one.dice), mean_sd(one.dice), median(one.dice),
               mean(one.surface_dice), mean(one.centreline_dice), mean(one.recall),
               mean(one.precision)});
  }
  table.add({"Mean of classes", "", mean(summary.mean_dice), "", mean(summary.mean_surface_dice),
             mean(summary.mean_centreline_dice), "", ""});
  table.add({"Any vessel", count(summary.any_vessel_dice), mean_sd(summary.any_vessel_dice),
             median(summary.any_vessel_dice), "", "", mean(summary.found.all), ""});
  return table.str(kWidth);
}

using Cell = std::function<std::string(std::size_t bin)>;

std::string bin_table(const Summary& summary) {
  std::vector<std::string> header{head("DIAMETER", summary)};
  for (std::size_t b = 0; b < kBins; ++b) header.push_back(model::evaluate::bin_name(b));
  header.emplace_back("ALL");
  Table table(header);
  const auto add = [&](const std::string& name, const Cell& cell, const std::string& all) {
    std::vector<std::string> row{name};
    for (std::size_t b = 0; b < kBins; ++b) row.push_back(cell(b));
    row.push_back(all);
    table.add(std::move(row));
  };
  const auto voxels = [&](std::size_t b) {
    std::uint64_t sum = 0;
    for (const ClassSummary& one : summary.classes) sum += one.bin_voxels[b];
    return sum;
  };
  std::uint64_t all_voxels = 0;
  for (std::size_t b = 0; b < kBins; ++b) all_voxels += voxels(b);
  add(
      "Reference voxels", [&](std::size_t b) { return fmt::to_string(voxels(b)); },
      fmt::to_string(all_voxels));
  for (const ClassSummary& one : summary.classes) {
    add(
        one.label + ": recall", [&](std::size_t b) { return mean(one.bin_recall[b]); },
        mean(one.recall));
  }
  add(
      "Recall, all classes", [&](std::size_t b) { return mean(summary.recall.bin[b]); },
      mean(summary.recall.all));
  add(
      "Found as any vessel", [&](std::size_t b) { return mean(summary.found.bin[b]); },
      mean(summary.found.all));
  add(
      "  of it, artery/vein confused",
      [&](std::size_t b) { return percent(summary.vessel_confusion.bin[b]); },
      percent(summary.vessel_confusion.all));
  add(
      "  of it, left/right confused",
      [&](std::size_t b) { return percent(summary.side_confusion.bin[b]); },
      percent(summary.side_confusion.all));
  return table.str(kWidth);
}

/// Numbers that belong to no column.
std::string single_numbers(const Summary& summary) {
  std::string text =
      fmt::format("{} from {} mm on: artery/vein {}, left/right {}\n", head("Confused", summary),
                  model::evaluate::kThickMm, percent(summary.thick_vessel_confusion),
                  percent(summary.thick_side_confusion));
  if (summary.implausible_share) {
    text += fmt::format("{} outside lungs and mediastinum: {} of predicted voxels\n",
                        head("Predicted", summary), percent(summary.implausible_share));
  }
  return text;
}

std::string worst_cases(const Summary& summary) {
  std::string text = "\nlowest mean Dice:\n";
  for (const auto& one : summary.worst) {
    text += fmt::format("  {:.3f}  {}\n         {}\n", one.mean_dice, one.name, one.description);
  }
  return text;
}

}  // namespace

std::string evaluation_table(const EvaluationReport& report, const Summary& summary) {
  std::string text = title(report, summary);
  if (summary.scored > 0) {
    text += fmt::format("\n{}NSD: normalised surface Dice at {} mm. Means over the N cases.\n\n{}",
                        class_table(summary), report.tolerance_mm, bin_table(summary));
    text += "\n" + single_numbers(summary);
    if (summary.scored > 1) text += worst_cases(summary);
  }
  if (!summary.skipped.empty()) text += "\nskipped:\n";
  for (const std::string& line : summary.skipped) text += "  " + line + "\n";
  return text;
}

}  // namespace hilum::admin
