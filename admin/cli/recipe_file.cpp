#include "admin/cli/recipe_file.h"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Error.hpp>
#include <fstream>
#include <string>

namespace hilum::admin {
namespace {

/// A recipe is a page of text.
constexpr std::uintmax_t kMaxRecipeBytes = std::uintmax_t{1} << 16;

Status apply(CLI::App& app, const CLI::ConfigItem& item) {
  // CLI11 marks the ends of sections with items of its own.
  if (item.name == "++" || item.name == "--") return ok();
  CLI::Option* option = app.get_option_no_throw("--" + item.name);
  if (option == nullptr) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("'{}' is no option of this command: see --help", item.fullname())};
  }
  if (option->count() > 0) return ok();
  option->add_result(item.inputs);
  option->run_callback();
  return ok();
}

}  // namespace

Status apply_recipe_file(CLI::App& app, const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("cannot read recipe {}: {}", file.string(), error.message())};
  }
  const auto refused = [&](std::string_view why) {
    return Error{ErrorCode::kInvalidInput, fmt::format("recipe {}: {}", file.string(), why)};
  };
  if (bytes > kMaxRecipeBytes) return refused("is no recipe: it has more than 64 KiB");
  std::ifstream in(file);
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(in)) {
      if (auto applied = apply(app, item); !applied) return refused(applied.error().message);
    }
  } catch (const CLI::Error& wrong) {
    return refused(wrong.what());
  }
  return ok();
}

}  // namespace hilum::admin
