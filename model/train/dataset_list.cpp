#include "model/train/dataset_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <map>
#include <system_error>

#include "model/sides.h"
#include "model/train/csv.h"

namespace hilum::model::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSplits{Split::kTrain, Split::kValidation, Split::kTest};
constexpr std::array<std::string_view, 5> kColumns{"ct", "labels", "labelled", "split", "kind"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

Result<std::string> read_text(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("cannot read dataset list {}: {}", file.string(), error.message())};
  }
  if (size > kMaxListBytes) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("dataset list {} has {} bytes, more than {}: it should be a CSV file "
                             "with one line per CT",
                             file.string(), size, kMaxListBytes)};
  }
  std::string text(size, '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) {
    return Error{ErrorCode::kNotFound, fmt::format("cannot read dataset list {}", file.string())};
  }
  return text;
}

/// Reads the list line by line; `where()` names the line in messages.
class ListReader {
 public:
  explicit ListReader(const fs::path& file) : file_(file), list_{.file = file, .entries = {}} {}

  Status line(std::string_view text) {
    ++line_;
    if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    if (trimmed(text).empty() || trimmed(text).starts_with('#')) return ok();
    const auto fields = csv_fields(text);
    if (!fields) return wrong("a double quote is not closed, or text follows it");
    return columns_.empty() ? header(*fields) : row(*fields);
  }

  Result<DatasetList> finish() && {
    if (list_.entries.empty()) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("dataset list {} names no CT: write a header line "
                               "'ct,labels,labelled,split' and one line per CT",
                               file_.string())};
    }
    return std::move(list_);
  }

 private:
  [[nodiscard]] Error wrong(std::string_view what) const {
    return {ErrorCode::kInvalidInput,
            fmt::format("dataset list {}, line {}: {}", file_.string(), line_, what)};
  }

  Status header(const std::vector<std::string>& fields) {
    for (const std::string& field : fields) {
      const auto found = std::ranges::find(kColumns, lower(field));
      if (found == kColumns.end()) {
        return wrong(fmt::format("unknown column '{}' in the header; columns are {}", field,
                                 fmt::join(kColumns, ", ")));
      }
      if (std::ranges::count(columns_, *found) > 0) {
        return wrong(fmt::format("column '{}' appears twice", field));
      }
      columns_.push_back(*found);
    }
    for (const std::string_view needed : {"ct", "labels"}) {
      if (std::ranges::count(columns_, needed) == 0) {
        return wrong(fmt::format("the header has no column '{}'", needed));
      }
    }
    return ok();
  }

  Status row(const std::vector<std::string>& fields) {
    if (fields.size() > columns_.size()) {
      return wrong(fmt::format("{} fields for {} columns", fields.size(), columns_.size()));
    }
    DatasetEntry entry;
    entry.line = line_;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (auto set = set_field(entry, columns_[i], fields[i]); !set) return set;
    }
    if (entry.ct.empty() || entry.labels.empty()) return wrong("'ct' or 'labels' is empty");
    const auto [known, fresh] = split_of_.emplace(entry.ct.string(), entry.split);
    if (!fresh && known->second != entry.split) {
      return wrong(
          fmt::format("{} is in split '{}' and in split '{}': what is trained on says "
                      "nothing when it is also validated on",
                      entry.ct.string(), to_string(known->second), to_string(entry.split)));
    }
    list_.entries.push_back(std::move(entry));
    return ok();
  }

  Status set_field(DatasetEntry& entry, std::string_view column, const std::string& value) const {
    const auto path = [&] { return value.empty() ? fs::path() : file_.parent_path() / value; };
    if (column == "ct") entry.ct = path();
    if (column == "labels") entry.labels = path();
    if (column == "kind") entry.kind = value;
    if (column == "labelled") entry.labelled = labelled_names(value);
    if (column == "split" && !value.empty()) {
      const auto split = split_from(lower(value));
      if (!split) {
        return wrong(fmt::format("unknown split '{}': use train, validation or test", value));
      }
      entry.split = *split;
    }
    return ok();
  }

  fs::path file_;
  DatasetList list_;
  std::vector<std::string_view> columns_;
  std::map<std::string, Split> split_of_;
  int line_ = 0;
};

bool means(std::string_view name, std::size_t k, const ModelClass& one) {
  if (lower(name) == lower(one.segment.label)) return true;
  const Side side = side_of(one.segment);
  if (lower(name) == "left") return side == Side::kLeft;
  if (lower(name) == "right") return side == Side::kRight;
  std::size_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  return parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size() && number == k + 1;
}

}  // namespace

std::string_view to_string(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
  }
  return "?";
}

std::optional<Split> split_from(std::string_view name) {
  for (const Split split : kSplits) {
    if (to_string(split) == name) return split;
  }
  return std::nullopt;
}

std::vector<DatasetEntry> DatasetList::of(Split split) const {
  std::vector<DatasetEntry> chosen;
  std::ranges::copy_if(entries, std::back_inserter(chosen),
                       [&](const DatasetEntry& entry) { return entry.split == split; });
  return chosen;
}

Result<DatasetList> read_dataset_list(const fs::path& file) {
  auto text = read_text(file);
  if (!text) return std::move(text).error();
  ListReader reader(file);
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (auto read = reader.line(rest.substr(0, end)); !read) return std::move(read).error();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::move(reader).finish();
}

std::vector<std::string> labelled_names(std::string_view value) {
  std::vector<std::string> names;
  while (!value.empty()) {
    const auto end = std::min(value.find(';'), value.size());
    const auto name = trimmed(value.substr(0, end));
    if (lower(name) == "all") return {};
    if (!name.empty()) names.emplace_back(name);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return names;
}

Result<std::vector<std::uint8_t>> labelled_classes(const DatasetEntry& entry,
                                                   std::span<const ModelClass> classes) {
  if (entry.labelled.empty()) return std::vector<std::uint8_t>(classes.size(), 1);
  std::vector<std::uint8_t> mask(classes.size(), 0);
  for (const std::string& name : entry.labelled) {
    bool known = false;
    for (std::size_t k = 0; k < classes.size(); ++k) {
      if (!means(name, k, classes[k])) continue;
      mask[k] = 1;
      known = true;
    }
    if (known) continue;
    std::vector<std::string> labels;
    for (const ModelClass& one : classes) labels.push_back(one.segment.label);
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("line {} of the dataset list says that '{}' is labelled in {}, but the "
                    "model's classes are {}; use their names or numbers, left, right or "
                    "all",
                    entry.line, name, entry.ct.string(), fmt::join(labels, ", "))};
  }
  return mask;
}

}  // namespace hilum::model::train
