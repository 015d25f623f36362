#pragma once

#include <string>

#include "model/evaluate/report.h"

namespace hilum::admin {

/// The report for a terminal of 80 columns: what was compared, the classes, the branches by
/// diameter, and what was left out. Scores on synthetic data are called so in the first line.
std::string evaluation_table(const model::evaluate::EvaluationReport& report,
                             const model::evaluate::Summary& summary);

}  // namespace hilum::admin
