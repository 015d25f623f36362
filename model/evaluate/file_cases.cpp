#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "model/evaluate/case_source.h"
#include "model/nifti/nifti.h"

namespace hilum::model::evaluate {
namespace {

namespace fs = std::filesystem;
using train::DatasetEntry;

bool says_synthetic(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text.find("synthetic") != std::string::npos || text.find("phantom") != std::string::npos;
}

bool file_says_synthetic(const fs::path& file) {
  const auto info = inspect_nifti(file);
  return info && says_synthetic(info->description);
}

class FileCases : public CaseSource {
 public:
  FileCases(std::vector<DatasetEntry> entries, std::vector<ModelClass> classes)
      : entries_(std::move(entries)), classes_(std::move(classes)) {}

  [[nodiscard]] std::size_t count() const override { return entries_.size(); }
  [[nodiscard]] CaseName name(std::size_t i) const override {
    return name_of(entries_[i].ct.string(), entries_[i]);
  }
  [[nodiscard]] Result<LoadedCase> load(std::size_t i) const override {
    auto one = load_reference(entries_[i], classes_);
    if (!one) return one;
    auto ct = read_nifti_ct(entries_[i].ct);
    if (!ct) return std::move(ct).error();
    auto same = check_same_grid(ct->geometry, one->reference.geometry, "CT and labels");
    if (!same) return std::move(same).error();
    one->ct = *std::move(ct);
    return one;
  }

 private:
  std::vector<DatasetEntry> entries_;
  std::vector<ModelClass> classes_;
};

}  // namespace

Result<LoadedCase> load_reference(const DatasetEntry& entry,
                                  const std::vector<ModelClass>& classes) {
  auto labelled = train::labelled_classes(entry, classes);
  if (!labelled) return std::move(labelled).error();
  auto labels = read_nifti_labels(entry.labels);
  if (!labels) return std::move(labels).error();
  return LoadedCase{
      .ct = {}, .reference = *std::move(labels), .labelled = *std::move(labelled), .plausible = {}};
}

CaseName name_of(const std::string& ct, const DatasetEntry& entry) {
  return {.ct = ct,
          .labels = entry.labels.string(),
          .kind = entry.kind,
          .synthetic = says_synthetic(entry.kind) || file_says_synthetic(ct) ||
                       file_says_synthetic(entry.labels)};
}

std::unique_ptr<CaseSource> file_cases(std::vector<DatasetEntry> entries,
                                       std::vector<ModelClass> classes) {
  return std::make_unique<FileCases>(std::move(entries), std::move(classes));
}

}  // namespace hilum::model::evaluate
