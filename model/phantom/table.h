#pragma once

#include "model/phantom/rng.h"
#include "model/phantom/vec.h"

namespace hilum::phantom {

enum class TableKind {
  kPlain,  ///< a thin shallow trough, wider than the image
  kFull,   ///< a shell with foam inside, edges, a mattress, sometimes a line beside the patient
};

/// The table under the patient.
class Table {
 public:
  Table() = default;
  /// `back_y` is where the patient's back is, mm.
  Table(TableKind kind, double back_y, Rng& rng);
  /// In room air: what is at `p`.
  [[nodiscard]] float hu(const Vec& p) const;

 private:
  [[nodiscard]] float full_hu(const Vec& p, double top_y) const;

  TableKind kind_ = TableKind::kPlain;
  double top_y_ = 0;
  double trough_mm_ = 2200;  ///< twice the radius of its curve
  double half_width_mm_ = 0;
  double thickness_mm_ = 0;
  double mattress_mm_ = 0;
  Vec line_;  ///< an infusion line or lead along z, where its x is not 0
};

}  // namespace hilum::phantom
