#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/table.h"
#include "admin/models.h"
#include "admin/wiring.h"
#include "db/job_store.h"
#include "dicomseg/result_writer.h"
#include "scp/commitment_scu.h"
#include "scp/store_scu.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

/// Collects lines of the report; one that is not good makes the command fail.
class Report {
 public:
  enum class Verdict { kGood, kWarning, kBad };

  void add(Verdict verdict, std::string what, std::string finding) {
    bad_ = bad_ || verdict == Verdict::kBad;
    const char* word = verdict == Verdict::kGood      ? "ok"
                       : verdict == Verdict::kWarning ? "WARNING"
                                                      : "FAILED";
    table_.add({word, std::move(what), std::move(finding)});
  }
  void add(const Status& status, std::string what, std::string good_finding) {
    add(status ? Verdict::kGood : Verdict::kBad, std::move(what),
        status ? std::move(good_finding) : status.error().message);
  }
  [[nodiscard]] int finish() const {
    // Whole sentences are worth more here than fitting the terminal.
    constexpr std::size_t kUncut = 10'000;
    fmt::print("{}", table_.str(kUncut));
    return bad_ ? kExitFailed : kExitOk;
  }

 private:
  Table table_{{"RESULT", "WHAT", "FINDING"}};
  bool bad_ = false;
};

void check_storage(const config::Config& config, Report& report) {
  const fs::path& directory = config.storage.directory;
  std::error_code error;
  fs::create_directories(directory, error);
  const fs::path probe = directory / ".hilum-check";
  if (!error) fs::create_directory(probe, error);
  if (!error) fs::remove(probe, error);
  if (error) {
    report.add(Report::Verdict::kBad, "storage",
               fmt::format("cannot write to {}: {}", directory.string(), error.message()));
    return;
  }
  const auto space = fs::space(directory, error);
  const double free_gib = static_cast<double>(space.available) / (1U << 30U);
  const bool enough = free_gib > config.storage.min_free_gib;
  report.add(enough ? Report::Verdict::kGood : Report::Verdict::kBad, "storage",
             fmt::format("{}: {:.1f} GiB free, reception stops below {} GiB", directory.string(),
                         free_gib, config.storage.min_free_gib));
}

void check_database(const config::Config& config, Report& report) {
  const auto file = StorageLayout(config.storage.directory).database;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    report.add(Report::Verdict::kGood, "database", "not there yet; `hilum serve` makes it");
    return;
  }
  auto store = db::SqliteJobStore::open(file);
  report.add(store ? ok() : Status(store.error()), "database", file.string());
}

void check_model(const config::Config& config, Report& report) {
  auto models = load_models(config, StorageLayout(config.storage.directory).models);
  if (!models) {
    report.add(Report::Verdict::kBad, "model", models.error().message);
    return;
  }
  const ModelInfo& info = models->main.segmenter->info();
  report.add(info.trained ? Report::Verdict::kGood : Report::Verdict::kWarning, "model",
             fmt::format("{} {}, {} class{}, sha256 {}, {}{}", info.name, info.version,
                         info.segments.size(), info.segments.size() == 1 ? "" : "es",
                         info.sha256.substr(0, 12), info.device,
                         info.trained ? "" : "; UNTRAINED: its segments have no meaning"));
  for (const auto& one : config.virtual_nodes) {
    report.add(Report::Verdict::kGood, fmt::format("model of {}", one.ae_title.str()),
               segments_text(models->of(one.node).segmenter->info()));
  }
}

using Tls = Result<SharedTls>;

void check_tls(const config::Config& config, const Tls& tls, Report& report) {
  if (!tls) {
    report.add(Report::Verdict::kBad, "tls", tls.error().message);
  } else if (*tls == nullptr) {
    report.add(Report::Verdict::kGood, "tls", "not used; see [tls] in the configuration");
  } else {
    const auto& ours = (*tls)->certificate();
    report.add(Report::Verdict::kGood, "tls",
               fmt::format("{}, {}",
                           config.tls.port != 0 ? fmt::format("port {}", config.tls.port)
                                                : "for calling peers only",
                           ours ? fmt::format("certificate \"{}\" until {}", ours->subject,
                                              scp::moment_text(ours->valid_until))
                                : "no certificate of ours"));
    for (const auto& warning : (*tls)->warnings()) {
      report.add(Report::Verdict::kWarning, "tls", warning);
    }
  }
}

/// C-ECHO.
Status check_peer(const scp::StoreScu::Options& calling, const Peer& peer, const std::string& what,
                  Report& report) {
  scp::StoreScu scu(calling);
  Status echoed = scu.echo(peer);
  report.add(echoed, what,
             fmt::format("{} at {}:{} answers C-ECHO{}", peer.ae_title.str(), peer.host, peer.port,
                         peer.tls ? " through TLS" : ""));
  return echoed;
}

/// A destination accepts every kind of object that its profile makes.
void check_profile(const config::Config& config, const scp::StoreScu::Options& calling,
                   const Peer& peer, const std::string& what, Report& report) {
  const auto profile = std::ranges::find(config.profiles, peer.profile, &ViewerProfile::name);
  const auto classes = dicomseg::sop_classes_of(*profile);
  std::vector<std::string> uids;
  for (const auto& one : classes) uids.push_back(one.uid);
  const auto refused = scp::StoreScu(calling).refused_of(peer, uids);
  if (!refused) {
    report.add(Report::Verdict::kBad, what, refused.error().message);
    return;
  }
  std::vector<std::string> names;
  std::vector<std::string> bad;
  for (const auto& one : classes) {
    names.push_back(one.name);
    if (std::ranges::find(*refused, one.uid) != refused->end()) {
      bad.push_back(fmt::format("{} ({})", one.name, one.uid));
    }
  }
  if (bad.empty()) {
    report.add(Report::Verdict::kGood, what, fmt::format("accepts {}", fmt::join(names, ", ")));
    return;
  }
  report.add(Report::Verdict::kBad, what,
             fmt::format("does not accept {}; enable it there, or give this peer another "
                         "[[profile]] than \"{}\"",
                         fmt::join(bad, ", "), peer.profile));
}

/// A destination takes requests to commit. Whether its reports find us, it alone can tell.
void check_commitment(const config::Config& config, const AeTitle& ours, const SharedTls& tls,
                      const Peer& peer, const std::string& what, Report& report) {
  using Answer = CommitmentRequester::Answer;
  const auto offered = scp::CommitmentScu(commitment_options(config, ours, tls)).offers(peer);
  if (!offered) {
    report.add(Report::Verdict::kBad, what, offered.error().message);
  } else if (*offered == Answer::kAccepted) {
    report.add(Report::Verdict::kGood, what,
               fmt::format("accepts Storage Commitment; does it know {} at this node's address and "
                           "port {}{} (Orthanc: DicomModalities)? It reports there",
                           ours.str(), config.node.port != 0 ? config.node.port : config.tls.port,
                           config.node.port != 0 ? "" : " by TLS"));
  } else {
    const bool required = peer.commitment == CommitmentMode::kRequired;
    report.add(required ? Report::Verdict::kBad : Report::Verdict::kWarning, what,
               fmt::format("does not accept Storage Commitment (1.2.840.10008.1.20.1) from {}; {}",
                           ours.str(),
                           required ? "switch it on there, or set storage_commitment = "
                                      "\"if-supported\""
                                    : "its results are delivered without being confirmed"));
  }
}

bool is_destination(const config::Config& config, const Peer& peer) {
  const auto has = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, peer.name) != names.end();
  };
  return has(config.results.destinations) ||
         std::ranges::any_of(config.virtual_nodes,
                             [&](const auto& own) { return has(own.destinations); });
}

void check_peers(const config::Config& config, const Tls& loaded, Report& report) {
  const SharedTls tls = loaded ? *loaded : nullptr;
  for (const Peer& peer : config.peers) {
    const std::string what = "peer " + peer.name;
    if (peer.port == 0) {
      report.add(Report::Verdict::kGood, what,
                 fmt::format("{} at {}: only calls us (no port)", peer.ae_title.str(), peer.host));
      continue;
    }
    if (peer.tls && !loaded) {
      report.add(Report::Verdict::kBad, what, "not called: TLS is not ready, see above");
      continue;
    }
    const Status echoed =
        check_peer(scu_options(config, config.node.ae_title, tls), peer, what, report);
    if (echoed && is_destination(config, peer)) {
      check_profile(config, scu_options(config, config.node.ae_title, tls), peer, what, report);
    }
    if (echoed && is_destination(config, peer) && peer.commitment != CommitmentMode::kOff) {
      check_commitment(config, config.node.ae_title, tls, peer, what, report);
    }
    if (echoed && peer.query != QueryMode::kOff) {
      report.add(scp::check_query(peer, query_options(config, tls)), what,
                 fmt::format("answers C-FIND and accepts {}",
                             peer.query == QueryMode::kGet
                                 ? "C-GET"
                                 : "C-MOVE; does it know this node's AE title, address and port?"));
    }
  }
  // A PACS has to know each title that results are sent from.
  for (const auto& own : config.virtual_nodes) {
    for (const Peer& peer : peers_named(config, own.destinations)) {
      if (peer.tls && !loaded) continue;
      const auto what = fmt::format("peer {} from {}", peer.name, own.ae_title.str());
      const Status echoed = check_peer(scu_options(config, own.ae_title, tls), peer, what, report);
      if (echoed && peer.commitment != CommitmentMode::kOff) {
        check_commitment(config, own.ae_title, tls, peer, what, report);
      }
    }
  }
}

int check(const std::string& file) {
  Report report;
  auto config = config::load_config(file);
  if (!config) return fail(config.error(), kExitConfig);
  report.add(Report::Verdict::kGood, "configuration", file);
  check_storage(*config, report);
  check_database(*config, report);
  check_model(*config, report);
  const Tls tls = load_tls(config->tls);
  check_tls(*config, tls, report);
  check_peers(*config, tls, report);
  return report.finish();
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("check", "Check configuration, storage, model, and C-ECHO to every peer");
  auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code] { exit_code = check(*file); });
}

}  // namespace hilum::admin
