#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::model::train {

enum class Split { kTrain, kValidation, kTest };
/// "train", "validation", "test".
std::string_view to_string(Split split);
/// The split of that name.
std::optional<Split> split_from(std::string_view name);

/// One CT with its labels.
struct DatasetEntry {
  std::filesystem::path ct;           ///< NIfTI, Hounsfield units
  std::filesystem::path labels;       ///< NIfTI on the same grid: 0 background, k = class k - 1
  std::vector<std::string> labelled;  ///< as written; empty: all classes are labelled
  Split split = Split::kTrain;
  std::string kind;  ///< free word such as "synthetic"; reports repeat it
  int line = 0;      ///< of the list, for messages
};

/// A list of CT + label pairs as people write it by hand (README.md, "Dataset list"): a CSV file
/// with a header line.
///
///     ct,labels,labelled,split,kind
///     case1/ct.nii.gz,case1/labels.nii.gz,all,train,
///     case2/ct.nii.gz,case2/labels.nii.gz,left,validation,
///
/// `ct` and `labels` are required columns, the others may be absent or empty (all, train, nothing).
/// Relative names start at the list's folder. Lines that start with # are comments.
struct DatasetList {
  std::filesystem::path file;
  std::vector<DatasetEntry> entries;

  [[nodiscard]] std::vector<DatasetEntry> of(Split split) const;
};

inline constexpr std::size_t kMaxListBytes = std::size_t{16} << 20;

/// kNotFound when there is no such file; kInvalidInput, naming file, line and column, for an
/// unknown or missing column, an unknown split, a pair that is listed in two splits, and an empty
/// list. Whether the volumes exist is found out when they are read.
Result<DatasetList> read_dataset_list(const std::filesystem::path& file);

/// What the column `labelled` says: the names between semicolons; none when all are labelled.
std::vector<std::string> labelled_names(std::string_view value);

/// Which of a model's classes an entry labels, 1 or 0 per class. A name in `labelled` is "all", a
/// class's label ("Left pulmonary artery"), its number (1..K), or "left" or "right" for all classes
/// of that side; case does not matter. kInvalidInput, listing what there is, for any other name.
Result<std::vector<std::uint8_t>> labelled_classes(const DatasetEntry& entry,
                                                   std::span<const ModelClass> classes);

}  // namespace hilum::model::train
