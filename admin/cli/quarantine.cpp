#include "scp/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/local_time.h"
#include "admin/cli/table.h"
#include "admin/wiring.h"

namespace hilum::admin {
namespace {

/// What the commands work on; nothing here keeps the running node out.
struct Opened {
  std::filesystem::path spool;
  std::vector<VirtualNode> nodes;  ///< ours, the main one first
  std::unique_ptr<JobStore> store;
  std::unique_ptr<scp::Quarantine> quarantine;
};

Result<Opened> open(const std::string& config_file) {
  auto config = config::load_config(config_file);
  if (!config) return std::move(config).error();
  auto store = job_store_for_cli(config_file);
  if (!store) return std::move(store).error();
  auto spool = StorageLayout(config->storage.directory).spool;
  auto quarantine = std::make_unique<scp::Quarantine>(spool, 0);
  std::vector<VirtualNode> nodes{VirtualNode()};
  for (const auto& own : config->virtual_nodes) nodes.push_back(own.node);
  return Opened{std::move(spool), std::move(nodes), *std::move(store), std::move(quarantine)};
}

/// A quarantined file does not say to which of our nodes it was sent; the content that all of them
/// have is the same.
Result<std::optional<ReceivedInstance>> accepted(Opened& opened,
                                                 const scp::QuarantinedInstance& found) {
  SeriesKey key = found.instance.series;
  for (const VirtualNode& node : opened.nodes) {
    key.node = node;
    auto instances = opened.store->instances_of(key);
    if (!instances) return std::move(instances).error();
    const auto same = std::ranges::find(*instances, found.instance.sop, &ReceivedInstance::sop);
    if (same != instances->end()) return std::optional(*same);
  }
  return std::optional<ReceivedInstance>();
}

std::string place_of(const std::optional<ReceivedInstance>& accepted) {
  if (!accepted) return "unknown";
  return accepted->file.empty() ? "freed" : accepted->file.string();
}

nlohmann::json to_json(const ReceivedInstance& instance) {
  return {{"sop", instance.sop.str()},
          {"study", instance.series.study.str()},
          {"series", instance.series.series.str()},
          {"calling_ae", instance.calling_ae},
          {"received", local_time(instance.received_at)},
          {"bytes", instance.size_bytes},
          {"sha256", instance.sha256},
          {"file", instance.file.string()}};
}

int list(Opened& opened, bool as_json) {
  const auto found = opened.quarantine->list();
  if (!found) return fail(found.error());
  Table table({"NAME", "ARRIVED", "FROM", "BYTES", "SHA256", "CONFLICTS WITH"});
  nlohmann::json json = nlohmann::json::array();
  for (const auto& one : *found) {
    const auto other = accepted(opened, one);
    if (!other) return fail(other.error());
    auto entry = to_json(one.instance);
    entry["name"] = one.name;
    entry["conflicts_with"] = *other ? to_json(**other) : nlohmann::json();
    json.push_back(std::move(entry));
    constexpr std::size_t kShownDigits = 12;
    table.add({one.name, local_time(one.instance.received_at), one.instance.calling_ae,
               fmt::to_string(one.instance.size_bytes), one.instance.sha256.substr(0, kShownDigits),
               place_of(*other)});
  }
  if (as_json) {
    fmt::print("{}\n", json.dump(1));
  } else {
    fmt::print("{}", table.empty() ? "nothing is in quarantine\n" : table.str(terminal_width()));
  }
  return kExitOk;
}

void print(const char* title, const ReceivedInstance& instance, const std::string& path) {
  fmt::print(
      "{}\n  path      {}\n  arrived   {} from \"{}\"\n  size      {} bytes\n  sha256    {}\n"
      "  syntax    {}\n",
      title, path, local_time(instance.received_at), instance.calling_ae, instance.size_bytes,
      instance.sha256, instance.transfer_syntax.str());
}

int show(Opened& opened, const std::string& name) {
  const auto found = opened.quarantine->list();
  if (!found) return fail(found.error());
  const auto one = std::ranges::find(*found, name, &scp::QuarantinedInstance::name);
  if (one == found->end()) {
    return fail({ErrorCode::kNotFound, fmt::format("there is no '{}' in quarantine; see "
                                                   "`hilum quarantine list`",
                                                   name)});
  }
  const auto other = accepted(opened, *one);
  if (!other) return fail(other.error());
  const ReceivedInstance& instance = one->instance;
  fmt::print("SOP Instance UID    {}\nSeries Instance UID {}\nStudy Instance UID  {}\n",
             instance.sop.str(), instance.series.series.str(), instance.series.study.str());
  print("in quarantine", instance, (opened.spool / instance.file).string());
  if (*other) {
    print("accepted before", **other,
          (*other)->file.empty() ? "freed" : (opened.spool / (*other)->file).string());
  } else {
    fmt::print("accepted before\n  not in the database; should be {}\n",
               (opened.spool / one->conflicts_with).string());
  }
  return kExitOk;
}

int remove(Opened& opened, std::vector<std::string> names, bool all) {
  if (all) {
    const auto found = opened.quarantine->list();
    if (!found) return fail(found.error());
    for (const auto& one : *found) names.push_back(one.name);
  }
  if (names.empty()) {
    return all ? kExitOk : fail({ErrorCode::kInvalidInput, "name some, or use --all"}, kExitUsage);
  }
  for (const std::string& name : names) {
    if (auto removed = opened.quarantine->remove(name); !removed) return fail(removed.error());
    fmt::print("deleted {}\n", name);
  }
  return kExitOk;
}

CLI::App* add_command(CLI::App& quarantine, int& exit_code, const std::string& name,
                      const std::string& help, std::function<int(Opened&)> action) {
  auto* command = quarantine.add_subcommand(name, help);
  auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code, action = std::move(action)] {
    auto opened = open(*file);
    exit_code = opened ? action(*opened) : fail(opened.error(), kExitConfig);
  });
  return command;
}

}  // namespace

void add_quarantine(CLI::App& app, int& exit_code) {
  auto* quarantine = app.add_subcommand(
      "quarantine", "Received images that have the UID of another one and different content");
  quarantine->require_subcommand(1);

  auto as_json = std::make_shared<bool>(false);
  add_command(*quarantine, exit_code, "list", "All of them, and what they conflict with",
              [as_json](Opened& opened) { return list(opened, *as_json); })
      ->add_flag("--json", *as_json, "For programs");

  auto shown = std::make_shared<std::string>();
  add_command(*quarantine, exit_code, "show", "One of them beside the accepted image",
              [shown](Opened& opened) { return show(opened, *shown); })
      ->add_option("NAME", *shown, "From `hilum quarantine list`")
      ->required();

  auto names = std::make_shared<std::vector<std::string>>();
  auto all = std::make_shared<bool>(false);
  auto* deletion =
      add_command(*quarantine, exit_code, "delete", "Delete some of them, or all",
                  [names, all](Opened& opened) { return remove(opened, *names, *all); });
  auto* some = deletion->add_option("NAME", *names, "From `hilum quarantine list`");
  deletion->add_flag("--all", *all, "All of them")->excludes(some);
}

}  // namespace hilum::admin
