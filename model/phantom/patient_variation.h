#pragma once

#include <optional>

#include "model/phantom/body_plan.h"
#include "model/phantom/lobes.h"

namespace hilum::phantom {

/// What one patient has that most have not, and how he lies. Default: nothing, straight.
struct PatientVariation {
  double roll_deg = 0;                   ///< about the long axis, left side up
  double lean_deg = 0;                   ///< about the front-to-back axis
  std::optional<Lobe> missing_lobe{};    ///< resected; the other lobes of that lung fill its place
  std::optional<int> missing_segment{};  ///< of segment_table, likewise
  double hypertension = 0;               ///< 0 = none, 1 = pulmonary arteries 1.3 times as wide
  bool mediastinal_lingular_artery = false;  ///< rises before the arch, not from the interlobar
};

/// Changes the sampled sizes accordingly.
void apply(const PatientVariation& variation, BodyPlan& plan);

}  // namespace hilum::phantom
