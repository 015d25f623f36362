#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model::train {

/// Dice of a class over some windows; nothing when no window labels the class or it is nowhere.
using ClassDice = std::vector<std::optional<double>>;

/// The mean over the classes that have a value; nothing when none has.
std::optional<double> mean_of(const ClassDice& dice);

/// One line of a run's log: what happened since the line before.
struct LogRow {
  std::int64_t step = 0;  ///< steps done
  double epoch = 0;       ///< volumes seen / volumes there are
  double learning_rate = 0;
  double loss = 0;       ///< mean over the steps of the row
  ClassDice train;       ///< over the training windows of the row
  ClassDice validation;  ///< all without value where nothing was validated
  double seconds = 0;    ///< of work since the run began, over all its resumptions
  double waiting = 0;    ///< share of the row's time in which training waited for data, 0..1
};

/// A CSV file with a header line and one line per row:
/// step,epoch,learning_rate,loss,dice,<class>...,validation_dice,validation <class>...,seconds,
/// waiting. Empty fields have no value. Written in a way that a kill leaves at most one incomplete
/// last line, which is dropped when the log is opened again. Not thread-safe.
class TrainingLog {
 public:
  /// Opens or creates the log of a run with these classes and drops rows of steps after
  /// `last_step`: a resumed run repeats them. kInvalidInput, naming the line, when the file is no
  /// log of such a run; kNoSpace and others when it cannot be written.
  static Result<TrainingLog> open(const std::filesystem::path& file,
                                  std::vector<std::string> classes, std::int64_t last_step);

  /// Adds a row to the file.
  Status add(LogRow row);

  [[nodiscard]] const std::vector<LogRow>& rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }

 private:
  TrainingLog(std::filesystem::path file, std::vector<std::string> classes)
      : file_(std::move(file)), classes_(std::move(classes)) {}
  [[nodiscard]] std::string header() const;
  [[nodiscard]] Result<LogRow> parse(std::string_view line, std::size_t number) const;

  std::filesystem::path file_;
  std::vector<std::string> classes_;
  std::vector<LogRow> rows_;
};

}  // namespace hilum::model::train
