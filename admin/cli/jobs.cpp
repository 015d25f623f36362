#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "admin/cli/commands.h"
#include "admin/cli/local_time.h"
#include "admin/cli/table.h"
#include "admin/wiring.h"
#include "pipeline/domain/ports.h"

namespace hilum::admin {
namespace {

/// UIDs are too long for a table; their ends tell them apart.
std::string tail(const std::string& uid) {
  constexpr std::size_t kShown = 14;
  return uid.size() <= kShown ? uid : ".." + uid.substr(uid.size() - kShown);
}

std::string utc_time(Time time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

std::string what_is_awaited(const SeriesSummary& series) {
  if (!series.wait) return "still waiting for more instances";
  // The time first: the rest may not fit the terminal.
  return fmt::format("until {} {}", local_time(series.wait->until), series.wait->what);
}

std::string percent(const Job& job) {
  return job.state == JobState::kRunning ? fmt::format("{:.0f} %", job.progress * 100) : "";
}

nlohmann::json to_json(const ResultPackage& package) {
  auto objects = nlohmann::json::array();
  for (const ResultObject& object : package.objects) {
    objects.push_back({{"kind", to_string(object.kind)},
                       {"series", object.series.str()},
                       {"sop", object.sop.str()},
                       {"file", object.file.string()}});
  }
  return {{"profile", package.profile}, {"objects", std::move(objects)}};
}

nlohmann::json to_json(const Job& job, const std::vector<ResultPackage>& results) {
  nlohmann::json json{{"job", job.id},
                      {"state", to_string(job.state)},
                      {"progress", job.progress},
                      {"attempt", job.attempt},
                      {"study", job.series.study.str()},
                      {"series", job.series.series.str()},
                      {"node", job.series.node.shown()},
                      {"message", job.message},
                      {"note", job.note}};
  json["results"] = nlohmann::json::array();
  for (const ResultPackage& package : results) json["results"].push_back(to_json(package));
  json["files_freed"] = job.files_freed_at.has_value();
  return json;
}

int list_as_json(JobStore& store, const std::vector<Job>& jobs,
                 const std::vector<SeriesSummary>& series) {
  nlohmann::json all{{"jobs", nlohmann::json::array()}, {"series", nlohmann::json::array()}};
  for (const Job& job : jobs) {
    auto results = store.results_of(job.id);
    if (!results) return fail(results.error());
    all["jobs"].push_back(to_json(job, *results));
  }
  for (const SeriesSummary& s : series) {
    all["series"].push_back({{"study", s.key.study.str()},
                             {"series", s.key.series.str()},
                             {"node", s.key.node.shown()},
                             {"instances", s.instances},
                             {"open", s.open},
                             {"not_segmented", s.not_segmented},
                             {"files_freed", s.files_freed_at.has_value()}});
    if (s.wait) {
      all["series"].back()["waits_for"] = s.wait->what;
      all["series"].back()["waits_until"] = utc_time(s.wait->until);
    }
  }
  fmt::print("{}\n", all.dump(1));
  return kExitOk;
}

int list_as_tables(const std::vector<Job>& jobs, const std::vector<SeriesSummary>& series) {
  Table job_table({"JOB", "STATE", "DONE", "TRY", "UPDATED", "NODE", "FILES", "SERIES", "MESSAGE"});
  for (const Job& job : jobs) {
    job_table.add({fmt::to_string(job.id), std::string(to_string(job.state)), percent(job),
                   fmt::to_string(job.attempt), local_time(job.updated_at), job.series.node.shown(),
                   job.files_freed_at ? "freed" : "kept", tail(job.series.series.str()),
                   job.message.empty() ? job.note : job.message});
  }
  fmt::print("{}", job_table.empty() ? "no jobs\n" : job_table.str(terminal_width()));

  Table others({"NODE", "SERIES", "INSTANCES", "LAST RECEIVED", "FILES", "NOT SEGMENTED BECAUSE"});
  for (const SeriesSummary& s : series) {
    if (!s.open && s.not_segmented.empty()) continue;  // it has a job
    others.add({s.key.node.shown(), tail(s.key.series.str()), fmt::to_string(s.instances),
                local_time(s.last_received_at), s.files_freed_at ? "freed" : "kept",
                s.open ? what_is_awaited(s) : s.not_segmented});
  }
  if (!others.empty()) fmt::print("\n{}", others.str(terminal_width()));
  return kExitOk;
}

struct ListOptions {
  std::string state;
  int limit = 50;
  bool json = false;
};

int list(JobStore& store, const ListOptions& options) {
  std::optional<JobState> state;
  if (!options.state.empty()) {
    auto parsed = job_state_from(options.state);
    if (!parsed) return fail(parsed.error(), kExitUsage);
    state = *parsed;
  }
  auto jobs = store.jobs(state, options.limit);
  if (!jobs) return fail(jobs.error());
  auto series = store.series(options.limit);
  if (!series) return fail(series.error());
  return options.json ? list_as_json(store, *jobs, *series) : list_as_tables(*jobs, *series);
}

void print_results(const std::vector<ResultPackage>& packages) {
  Table table({"PROFILE", "OBJECT", "SOP INSTANCE UID", "SERIES"});
  for (const ResultPackage& package : packages) {
    for (const ResultObject& object : package.objects) {
      table.add({package.profile, std::string(to_string(object.kind)), object.sop.str(),
                 tail(object.series.str())});
    }
  }
  if (!table.empty()) fmt::print("\n{}", table.str(terminal_width()));
}

/// "2 of 3" where something is confirmed or waited for.
std::string confirmed_of(const Delivery& delivery) {
  if (delivery.confirmed == 0 && delivery.state != DeliveryState::kStored) return "";
  return fmt::format("{} of {}", delivery.confirmed,
                     delivery.files.size() + static_cast<std::size_t>(delivery.confirmed));
}

int show(JobStore& store, JobId id) {
  auto found = store.job(id);
  if (!found) return fail(found.error());
  auto results = store.results_of(id);
  if (!results) return fail(results.error());
  auto deliveries = store.deliveries_of(id);
  if (!deliveries) return fail(deliveries.error());
  auto events = store.events_of(id);
  if (!events) return fail(events.error());
  const Job& job = *found;

  fmt::print("job       {}\nstate     {} {}\n", job.id, to_string(job.state), percent(job));
  if (!job.message.empty()) fmt::print("message   {}\n", job.message);
  if (!job.note.empty()) fmt::print("note      {}\n", job.note);
  fmt::print("attempts  {}\nstudy     {}\nseries    {}\nnode      {}\n", job.attempt,
             job.series.study.str(), job.series.series.str(), job.series.node.shown());
  if (job.not_before) fmt::print("not before {}\n", local_time(*job.not_before));
  if (job.files_freed_at) fmt::print("files     freed {}\n", local_time(*job.files_freed_at));
  print_results(*results);
  Table table({"DESTINATION", "PROFILE", "STATE", "TRY", "CONFIRMED", "NEXT STEP", "MESSAGE"});
  for (const Delivery& d : *deliveries) {
    table.add({d.destination, d.profile, std::string(to_string(d.state)), fmt::to_string(d.attempt),
               confirmed_of(d), d.not_before ? local_time(*d.not_before) : "", d.message});
  }
  if (!table.empty()) fmt::print("\n{}", table.str(terminal_width()));
  Table history({"TIME", "STATE", "WHY"});
  for (const JobEvent& event : *events) {
    history.add({local_time(event.at), std::string(to_string(event.to)), event.reason});
  }
  if (!history.empty()) fmt::print("\n{}", history.str(terminal_width()));
  return kExitOk;
}

int report(const Status& status, std::string_view done, JobId id) {
  if (!status) return fail(status.error());
  fmt::print("job {} {}\n", id, done);
  return kExitOk;
}

/// Adds a subcommand that works on the job database named by the configuration.
CLI::App* add_command(CLI::App& jobs, int& exit_code, const std::string& name,
                      const std::string& help, std::function<int(JobStore&)> action) {
  auto* command = jobs.add_subcommand(name, help);
  auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code, action = std::move(action)] {
    auto store = job_store_for_cli(*file);
    exit_code = store ? action(**store) : fail(store.error(), kExitConfig);
  });
  return command;
}

}  // namespace

void add_jobs(CLI::App& app, int& exit_code) {
  auto* jobs =
      app.add_subcommand("jobs", "List, show, retry, release and cancel segmentation jobs");
  jobs->require_subcommand(1);

  auto options = std::make_shared<ListOptions>();
  auto* list_command =
      add_command(*jobs, exit_code, "list", "Jobs, newest first, and what is not segmented and why",
                  [options](JobStore& store) { return list(store, *options); });
  list_command->add_option(
      "--state", options->state,
      "Only queued, running, held, encoded, delivered, failed or cancelled jobs");
  list_command->add_option("--limit", options->limit, "At most so many rows")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  list_command->add_flag("--json", options->json, "For programs");

  const auto with_id = [&](const std::string& name, const std::string& help,
                           std::function<int(JobStore&, JobId)> action) {
    auto id = std::make_shared<JobId>();
    add_command(*jobs, exit_code, name, help, [id, action](JobStore& s) { return action(s, *id); })
        ->add_option("JOB", *id, "The job's number, from `hilum jobs list`")
        ->required();
  };
  with_id("show", "Everything about one job: result, deliveries, history", show);
  with_id("retry", "Start a failed or cancelled job again, or only its failed deliveries",
          [](JobStore& store, JobId id) {
            return report(store.retry_job(id, current_time()), "is queued again", id);
          });
  with_id("release",
          "Send the result of a held job; look at it with `show` and `hilum preview` first",
          [](JobStore& store, JobId id) {
            return report(store.release_job(id, current_time()), "is released", id);
          });
  with_id("cancel", "Stop a job that is not delivered yet", [](JobStore& store, JobId id) {
    return report(store.cancel_job(id, current_time()), "is cancelled", id);
  });
}

}  // namespace hilum::admin
