#include "dicomseg/report_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace hilum::dicomseg {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kIndent = 2;

/// Appends words as lines of at most kWidth characters, all but the first one indented. A word that
/// does not fit into a line is cut.
void wrap(std::string_view words, std::string& out) {
  std::size_t room = kWidth;
  std::string indent;
  while (words.size() > room) {
    std::size_t end = words.rfind(' ', room);
    const bool cut = end == std::string_view::npos || end == 0;
    if (cut) end = room;
    out.append(indent).append(words.substr(0, end)).push_back('\n');
    words.remove_prefix(cut ? end : end + 1);
    indent.assign(kIndent, ' ');
    room = kWidth - kIndent;
  }
  out.append(indent).append(words).push_back('\n');
}

void add(const ReportText& text, std::string& out) {
  wrap(fmt::format("{}: {}", text.name.meaning, text.text), out);
}

/// UCUM as people write it.
std::string_view shown(const CodedConcept& unit) {
  if (unit.value == "[hnsf'U]") return "HU";
  if (unit.value == "{ratio}") return "";
  return unit.value;
}

void add(const ReportMeasurement& measurement, std::string& out) {
  std::string name = measurement.name.meaning;
  if (measurement.derivation) name += ", " + measurement.derivation->meaning;
  std::string line =
      fmt::format("  {:<51}{:>12} {}", name, measurement.value, shown(measurement.unit));
  line.erase(line.find_last_not_of(' ') + 1);
  out.append(line).push_back('\n');
}

void add(const ReportGroup& group, std::string& out) {
  std::string title = group.name;
  if (group.site) {
    title += fmt::format(" ({}{})", group.site->meaning,
                         group.laterality ? ", " + group.laterality->meaning : "");
  }
  out.push_back('\n');
  wrap(title, out);
  for (const ReportMeasurement& measurement : group.measurements) add(measurement, out);
}

}  // namespace

std::string render_text(const ReportContent& content) {
  std::string out = content.title.meaning + "\n";
  for (const ReportText& notice : content.notices) add(notice, out);
  wrap(fmt::format("Algorithm: {} {}", content.algorithm_name, content.algorithm_version), out);
  wrap(content.algorithm_parameters, out);
  for (const ReportGroup& group : content.groups) add(group, out);
  out.push_back('\n');
  for (const ReportText& remark : content.remarks) add(remark, out);
  return out;
}

}  // namespace hilum::dicomseg
