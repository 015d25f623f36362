#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/standard_classes.h"
#include "model/train/dataset_list.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

namespace hilum::model::evaluate {

/// What a report calls a case.
struct CaseName {
  std::string ct;
  std::string labels;
  std::string kind;
  bool synthetic = false;
};

/// A CT with what is known about its vessels.
struct LoadedCase {
  Volume ct;
  LabelMap reference;                  ///< on the CT's grid; k is class k - 1 of the model
  std::vector<std::uint8_t> labelled;  ///< per class, 1: the reference says where it is
  /// Per voxel, 1 where vessels of the lungs can be; empty when nobody knows.
  std::vector<std::uint8_t> plausible;
};

/// Where an evaluation's cases come from. `load` may be called from another thread than the rest,
/// one call at a time.
class CaseSource {
 public:
  CaseSource() = default;
  CaseSource(const CaseSource&) = delete;
  CaseSource& operator=(const CaseSource&) = delete;
  virtual ~CaseSource() = default;

  [[nodiscard]] virtual std::size_t count() const = 0;
  [[nodiscard]] virtual CaseName name(std::size_t i) const = 0;
  [[nodiscard]] virtual Result<LoadedCase> load(std::size_t i) const = 0;
};

/// The pairs of a dataset list (NIfTI files) for a model with `classes`. A case is synthetic when
/// its `kind` or the description in one of its files says so. Errors of a case are those of
/// `read_nifti_ct`, `read_nifti_labels`, `check_same_grid` and `labelled_classes`.
std::unique_ptr<CaseSource> file_cases(std::vector<train::DatasetEntry> entries,
                                       std::vector<ModelClass> classes);

/// The reference alone, and what the entry says about it: for labels that somebody else predicted.
Result<LoadedCase> load_reference(const train::DatasetEntry& entry,
                                  const std::vector<ModelClass>& classes);
CaseName name_of(const std::string& ct, const train::DatasetEntry& entry);

}  // namespace hilum::model::evaluate
