#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "admin/cli/commands.h"
#include "admin/cli/table.h"
#include "model/prompt.h"

namespace hilum::admin {
namespace {

int change_prompt(const model::RepromptRequest& request) {
  const auto changed = model::reprompt(request);
  if (!changed) return fail(changed.error());
  fmt::print(
      "class       {}\nold prompt  {}\nnew prompt  {}\nsimilarity  {:.4f} to the old one\n\n",
      changed->label, changed->old_prompt, request.prompt, changed->similarity);
  if (!changed->others.empty()) {
    Table table({"SIMILARITY", "TO CLASS", "PROMPT"});
    for (const auto& other : changed->others) {
      table.add({fmt::format("{:.4f}", other.similarity), other.label, other.prompt});
    }
    fmt::print("{}\n", table.str(terminal_width()));
  }
  fmt::print("{}: sha256 {}\n", changed->file.string(), changed->sha256);
  if (changed->text_adapter == model::TextAdapter::kPerClass) {
    fmt::print(stderr,
               "hilum: warning: this bundle has a text adapter for each class, trained on that "
               "class's phrase alone: what it makes of another phrase is outside what it saw. "
               "Compare the result on known cases, or use a bundle with a shared adapter\n");
  }
  return kExitOk;
}

}  // namespace

void add_model_prompt(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "prompt", "Give a class another prompt, embedded with the bundle's own text tower");
  auto request = std::make_shared<model::RepromptRequest>();
  app->add_option("BUNDLE", request->bundle, "A .safetensors bundle with a text tower")->required();
  app->add_option("--class", request->label,
                  "Label of the class, for example "
                  "\"Left pulmonary artery\"")
      ->required();
  app->add_option("--prompt", request->prompt, "Its new prompt")->required();
  app->add_option("-o,--out", request->out, "Bundle to write; without it BUNDLE is replaced");
  app->callback([request, &exit_code] { exit_code = change_prompt(*request); });
}

}  // namespace hilum::admin
