#pragma once

#include <CLI/App.hpp>
#include <filesystem>

#include "pipeline/domain/result.h"

namespace hilum::admin {

/// Gives the options of `app` the values of a TOML file, `name = value` with the options' long
/// names without the dashes. What was given on the command line stays. Call it after parsing.
/// kNotFound when there is no such file; kInvalidInput names the file and a key that is no option,
/// or a value that the option refuses.
Status apply_recipe_file(CLI::App& app, const std::filesystem::path& file);

}  // namespace hilum::admin
