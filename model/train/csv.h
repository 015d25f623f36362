#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hilum::model::train {

/// The fields of one line of CSV (RFC 4180 without line breaks inside fields): separated by commas,
/// white space round a field is dropped, a field in double quotes may hold commas and doubled
/// quotes. Nothing when a quote is not closed or is followed by other text.
std::optional<std::vector<std::string>> csv_fields(std::string_view line);

/// A field as `csv_fields` reads it back.
std::string csv_quoted(std::string_view field);

/// `text` without white space (a carriage return included) at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace hilum::model::train
