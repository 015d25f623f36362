#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/progress_bar.h"
#include "admin/wiring.h"
#include "scp/file_meta.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

/// Shown only when it takes long enough to wonder.
class PatientProgress {
 public:
  void show(double fraction) {
    constexpr std::chrono::seconds kPatience{2};
    if (std::chrono::steady_clock::now() - start_ < kPatience) return;
    if (!bar_) bar_.emplace("verify");
    bar_->show(fraction);
  }
  void finish() {
    if (bar_) bar_->finish();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::optional<ProgressBar> bar_;
};

struct Tally {
  int good = 0;
  int bad = 0;
  int freed = 0;
};

enum class Verdict { kGood, kMissing, kChanged, kUnreadable };

Verdict verdict_on(const Result<std::string>& digest, const ReceivedInstance& instance) {
  if (!digest) {
    return digest.error().code == ErrorCode::kNotFound ? Verdict::kMissing : Verdict::kUnreadable;
  }
  return *digest == instance.sha256 ? Verdict::kGood : Verdict::kChanged;
}

std::string_view in_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "ok";
    case Verdict::kMissing:
      return "MISSING";
    case Verdict::kChanged:
      return "CHANGED";
    case Verdict::kUnreadable:
      return "UNREADABLE";
  }
  return "";
}

/// Whether the files of the series were freed since its instances were looked up.
bool freed_meanwhile(JobStore& store, const ReceivedInstance& instance) {
  const auto known = store.knows_instance(instance.series, instance.sop);
  return known && !*known;
}

Status verify(JobStore& store, const fs::path& spool, const SeriesKey& key, Tally& tally) {
  const auto instances = store.instances_of(key);
  if (!instances) return instances.error();
  for (const ReceivedInstance& instance : *instances) {
    if (instance.file.empty()) {
      ++tally.freed;
      continue;
    }
    const auto digest = scp::data_set_sha256(spool / instance.file);
    const Verdict verdict = verdict_on(digest, instance);
    if (verdict == Verdict::kGood) {
      ++tally.good;
    } else if (verdict == Verdict::kMissing && freed_meanwhile(store, instance)) {
      ++tally.freed;
    } else {
      ++tally.bad;
      fmt::print("{} {}\n", in_words(verdict), (spool / instance.file).string());
    }
  }
  return ok();
}

int verify(const std::string& config_file, const std::string& series) {
  const auto config = config::load_config(config_file);
  if (!config) return fail(config.error(), kExitConfig);
  auto store = job_store_for_cli(config_file);
  if (!store) return fail(store.error(), kExitConfig);
  const auto all = (*store)->series(std::numeric_limits<int>::max());
  if (!all) return fail(all.error());

  std::vector<SeriesKey> chosen;
  for (const SeriesSummary& s : *all) {
    if (series.empty() || s.key.series.str() == series) chosen.push_back(s.key);
  }
  if (chosen.empty() && !series.empty()) {
    return fail({ErrorCode::kNotFound, fmt::format("there is no series {}; see `hilum jobs list "
                                                   "--json`",
                                                   series)});
  }
  const auto spool = StorageLayout(config->storage.directory).spool;
  PatientProgress progress;
  Tally tally;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (auto done = verify(**store, spool, chosen[i], tally); !done) return fail(done.error());
    progress.show(static_cast<double>(i + 1) / static_cast<double>(chosen.size()));
  }
  progress.finish();
  fmt::print("series: {}, instances as received: {}, freed: {}, damaged: {}\n", chosen.size(),
             tally.good, tally.freed, tally.bad);
  if (tally.bad == 0) return kExitOk;
  fmt::print("Check the disk. Move a damaged file away and have it sent again.\n");
  return kExitFailed;
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "verify", "Compare every received image with its digest from the moment it came");
  auto file = std::make_shared<std::string>();
  auto series = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->add_option("--series", *series, "Only the series with this Series Instance UID");
  command->callback([file, series, &exit_code] { exit_code = verify(*file, *series); });
}

}  // namespace hilum::admin
