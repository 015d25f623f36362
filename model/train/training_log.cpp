#include "model/train/training_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>

#include "model/train/csv.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::model::train {
namespace {

namespace fs = std::filesystem;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "";
}

std::string line_of(const LogRow& row) {
  std::vector<std::string> fields{fmt::to_string(row.step), fmt::format("{:.4f}", row.epoch),
                                  number(row.learning_rate), number(row.loss)};
  for (const ClassDice* dice : {&row.train, &row.validation}) {
    fields.push_back(number(mean_of(*dice)));
    for (const auto& value : *dice) fields.push_back(number(value));
  }
  fields.push_back(fmt::format("{:.1f}", row.seconds));
  fields.push_back(fmt::format("{:.4f}", row.waiting));
  return fmt::format("{}\n", fmt::join(fields, ","));
}

/// Takes the fields of a line one after the other.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::string> fields) : rest_(fields) {}

  std::optional<double> optional() {
    if (rest_.empty()) return fail();
    const std::string text = rest_.front();
    rest_ = rest_.subspan(1);
    if (text.empty()) return std::nullopt;
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return *end == '\0' ? std::optional(value) : fail();
  }
  double required() {
    const auto value = optional();
    if (!value) fail();
    return value.value_or(0);
  }
  ClassDice dice(std::size_t classes) {
    optional();  // their mean, which follows from them
    ClassDice dice;
    for (std::size_t k = 0; k < classes; ++k) dice.push_back(optional());
    return dice;
  }
  [[nodiscard]] bool good() const { return good_ && rest_.empty(); }

 private:
  std::nullopt_t fail() {
    good_ = false;
    return std::nullopt;
  }
  std::span<const std::string> rest_;
  bool good_ = true;
};

Status write_all(const fs::path& file, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return replace_file(file, std::span(&bytes, 1));
}

}  // namespace

std::optional<double> mean_of(const ClassDice& dice) {
  double sum = 0;
  int count = 0;
  for (const auto& value : dice) {
    if (!value) continue;
    sum += *value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

Result<TrainingLog> TrainingLog::open(const fs::path& file, std::vector<std::string> classes,
                                      std::int64_t last_step) {
  TrainingLog log(file, std::move(classes));
  std::string kept = log.header();
  if (std::ifstream in(file); in) {
    std::string line;
    for (std::size_t number = 1; std::getline(in, line) && !in.eof(); ++number) {
      if (number == 1) {
        if (line + "\n" == log.header()) continue;
        return Error{
            ErrorCode::kInvalidInput,
            fmt::format("{} is not the log of a run with these classes: train into another "
                        "folder",
                        file.string())};
      }
      auto row = log.parse(line, number);
      if (!row) return std::move(row).error();
      if (row->step > last_step) break;
      kept += line + "\n";
      log.rows_.push_back(std::move(*row));
    }
  }
  if (auto written = write_all(file, kept); !written) return std::move(written).error();
  return log;
}

std::string TrainingLog::header() const {
  std::vector<std::string> names{"step", "epoch", "learning_rate", "loss", "dice"};
  for (const std::string& one : classes_) names.push_back(csv_quoted(one));
  names.emplace_back("validation_dice");
  for (const std::string& one : classes_) names.push_back(csv_quoted("validation " + one));
  names.emplace_back("seconds");
  names.emplace_back("waiting");
  return fmt::format("{}\n", fmt::join(names, ","));
}

Result<LogRow> TrainingLog::parse(std::string_view line, std::size_t number) const {
  const auto fields = csv_fields(line);
  if (fields) {
    FieldReader reader(*fields);
    LogRow row;
    row.step = static_cast<std::int64_t>(reader.required());
    row.epoch = reader.required();
    row.learning_rate = reader.required();
    row.loss = reader.required();
    row.train = reader.dice(classes_.size());
    row.validation = reader.dice(classes_.size());
    row.seconds = reader.required();
    row.waiting = reader.required();
    if (reader.good()) return row;
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("{}, line {}: not a line of a training log; move the file away to go on "
                           "without it",
                           file_.string(), number)};
}

Status TrainingLog::add(LogRow row) {
  std::ofstream out(file_, std::ios::app);
  out << line_of(row);
  if (!out.flush()) {
    return Error{ErrorCode::kNoSpace,
                 fmt::format("cannot add to {}: {}", file_.string(), std::strerror(errno))};
  }
  rows_.push_back(std::move(row));
  return ok();
}

}  // namespace hilum::model::train
