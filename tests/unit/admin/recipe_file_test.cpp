#include "admin/cli/recipe_file.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "admin/cli/model_train_options.h"
#include "tests/support/temp_dir.h"

using namespace hilum;

namespace {

struct Options {
  int steps = 1;
  double rate = 0.5;
  std::string text = "frozen";
  std::vector<std::string> frozen;
};

/// What the options are after a command line and a recipe file.
Result<Options> read(const std::string& arguments, const std::string& recipe) {
  const test::TempDir dir;
  std::ofstream(dir / "recipe.toml") << recipe;
  Options options;
  CLI::App app;
  app.add_option("--steps", options.steps)->check(CLI::Range(1, 100));
  app.add_option("--learning-rate", options.rate);
  app.add_option("--text", options.text);
  app.add_option("--freeze", options.frozen);
  app.parse(arguments);
  auto applied = admin::apply_recipe_file(app, dir / "recipe.toml");
  if (!applied) return std::move(applied).error();
  return options;
}

}  // namespace

TEST_CASE("recipe_file: gives options their values, the command line goes first") {
  const auto options = read("--steps 7",
                            "# a comment\nsteps = 9\nlearning-rate = 0.25  # another\n"
                            "text = \"tower\"\nfreeze = [\"a\", \"b\"]\n");
  REQUIRE_MESSAGE(options, options.error().message);
  CHECK(options->steps == 7);
  CHECK(options->rate == 0.25);
  CHECK(options->text == "tower");
  CHECK(options->frozen == std::vector<std::string>{"a", "b"});
}

TEST_CASE("recipe_file: unknown keys, refused values and missing files are named") {
  const auto unknown = read("", "stepps = 9\n");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("stepps") != std::string::npos);
  const auto value = read("", "steps = 900\n");
  REQUIRE_FALSE(value);
  CHECK(value.error().message.find("900") != std::string::npos);
  CLI::App app;
  const auto missing = admin::apply_recipe_file(app, "no/such/recipe.toml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
}

TEST_CASE("recipe_file: the recipe of the default bundle fits the options of the command") {
  CLI::App app;
  admin::TrainCommand command;
  admin::add_train_options(app, command);
  app.parse(std::string("--out run"));
  command.recipe_file = HILUM_DEFAULT_RECIPE;
  const auto completed = admin::complete(app, command);
  REQUIRE_MESSAGE(completed, completed.error().message);
  CHECK(command.text == "tower");
  CHECK(command.phantoms > 0);
  CHECK(command.recipe.batch == 2);
  CHECK(command.recipe.learning_rate == 0.0008);
}
