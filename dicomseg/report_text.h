#pragma once

#include <string>

#include "dicomseg/report_content.h"

namespace hilum::dicomseg {

/// A report for people: plain ASCII, lines of at most 80 characters, with everything that the
/// structured report says in numbers and words, and nothing else. It names no patient. Pure.
std::string render_text(const ReportContent& content);

}  // namespace hilum::dicomseg
