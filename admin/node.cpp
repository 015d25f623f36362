#include "admin/node.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <list>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/node_options.h"
#include "admin/own_node.h"
#include "admin/system_clock.h"
#include "db/job_store.h"
#include "dicomseg/ct_reader.h"
#include "pipeline/intake.h"
#include "pipeline/reconcile.h"
#include "scp/query_scu.h"

namespace hilum::admin {

/// In the order in which they depend on each other; destroyed in the reverse one.
struct Node::Parts {
  Parts(const config::Config& config, NodeModels the_models, SharedTls the_tls)
      : tls(std::move(the_tls)),
        layout(config.storage.directory),
        models(std::move(the_models)),
        nodes(own_nodes(config, tls)) {}

  Status open_storage(const config::Config& config);
  void make_retention(const config::Config& config);
  Status start_work(const config::Config& config);
  Status listen(const config::Config& config);

  const SharedTls tls;
  StorageLayout layout;
  SystemClock clock;
  NodeModels models;
  dicomseg::CtReader reader;
  std::list<OwnNode> nodes;
  std::unique_ptr<scp::Spool> spool;
  std::unique_ptr<db::SqliteJobStore> store;
  std::unique_ptr<pipeline::Commitments> commitments;
  std::unique_ptr<pipeline::Scheduler> scheduler;
  std::unique_ptr<scp::QueryScu> asker;
  std::unique_ptr<pipeline::Intake> intake;
  std::unique_ptr<pipeline::Retention> retention;
  std::unique_ptr<scp::DicomServer> server;
};

Status Node::Parts::open_storage(const config::Config& config) {
  std::error_code error;
  for (const auto& directory : {layout.spool, layout.results}) {
    std::filesystem::create_directories(directory, error);
    if (error) {
      return Error{ErrorCode::kInternal,
                   fmt::format("cannot create {}: {}; is storage.directory right, and may this "
                               "user write there?",
                               directory.string(), error.message())};
    }
  }
  // The spool comes first: it keeps a second node out.
  auto opened_spool = scp::Spool::open(
      {.root = layout.spool,
       .max_data_set_bytes = gib(config.network.max_object_gib),
       .keep_free_bytes = gib(config.storage.min_free_gib),
       .virtual_nodes = virtual_nodes(config),
       .durability = config.storage.durability == "power-loss" ? scp::Durability::kPowerLoss
                                                               : scp::Durability::kProcessCrash,
       .max_quarantine_bytes = gib(config.storage.quarantine_max_gib)});
  if (!opened_spool) return std::move(opened_spool).error();
  spool = *std::move(opened_spool);

  auto opened_store = db::SqliteJobStore::open(layout.database);
  if (!opened_store) return std::move(opened_store).error();
  store = *std::move(opened_store);

  auto recorded = pipeline::reconcile(
      [this](const auto& known, const auto& take) { return spool->scan(known, take); }, *store);
  if (!recorded) return std::move(recorded).error();
  if (*recorded > 0) spdlog::info("event=reconciled instances={}", *recorded);
  return ok();
}

Status Node::Parts::start_work(const config::Config& config) {
  pipeline::Routes routes;
  std::map<VirtualNode, pipeline::SeriesRules> rules;
  const std::vector<DoubtKind>& hold = config.results.hold;
  for (OwnNode& own : nodes) {
    auto compiled = series_rules(own.rules);
    if (!compiled) return std::move(compiled).error();
    rules.emplace(own.node, *std::move(compiled));
    const LoadedModel& model = models.of(own.node);
    routes.emplace(own.node, pipeline::Route{.tools = {.reader = reader,
                                                       .segmenter = *model.segmenter,
                                                       .examiner = *model.examiner,
                                                       .writer = own.writer,
                                                       .clock = clock,
                                                       .node = own.node,
                                                       .profiles = own.profiles,
                                                       .hold = {hold.begin(), hold.end()}},
                                             .sender = own.sender,
                                             .destinations = own.destinations,
                                             .requester = &own.requester});
  }
  make_retention(config);
  retention->sweep_results();
  commitments = std::make_unique<pipeline::Commitments>(
      pipeline::Commitments::Tools{.jobs = *store,
                                   .store = *store,
                                   .clock = clock,
                                   .results = layout.results,
                                   .changed = [this] { scheduler->wake(); }},
      routes, commitments_options(config));
  scheduler = std::make_unique<pipeline::Scheduler>(
      *store, std::move(routes), clock,
      pipeline::Folders{.spool = layout.spool, .results = layout.results},
      scheduler_options(config), commitments.get());
  if (auto started = scheduler->start(); !started) return started;

  asker = std::make_unique<scp::QueryScu>(query_options(config, tls), *spool);
  intake = std::make_unique<pipeline::Intake>(
      pipeline::Intake::Tools{.store = *store,
                              .reader = reader,
                              .clock = clock,
                              .spool = layout.spool,
                              .rules = std::move(rules),
                              .job_made = [this] { scheduler->wake(); },
                              .source = asker.get()},
      pipeline::SeriesAssembler::Options{.quiet_period = config.series.quiet_period,
                                         .longest_wait = config.series.max_wait},
      series_check_options(config));
  if (auto started = intake->start(); !started) return started;
  retention->start();
  return ok();
}

void Node::Parts::make_retention(const config::Config& config) {
  retention = std::make_unique<pipeline::Retention>(
      pipeline::Retention::Tools{
          .store = *store,
          .clock = clock,
          .results = layout.results,
          .free_files = [this](const auto& key,
                               const auto& mark) { return spool->free_series(key, mark); },
          .all_recorded =
              [this] {
                // Nothing of the series is received meanwhile, so it must not take long.
                constexpr std::chrono::seconds kPatience{2};
                return intake->wait_recorded(kPatience);
              },
          .space_is_scarce =
              [this] {
                const auto level = spool->room().level_now();
                return level && *level != scp::DiskRoom::Level::kPlenty;
              },
          .discard_quarantined =
              [this](Time before) { return spool->quarantine().discard(before); },
      },
      retention_policy(config.storage));
}

Status Node::Parts::listen(const config::Config& config) {
  auto started =
      scp::DicomServer::start(server_options(config, tls, *commitments), *intake, *spool);
  if (!started) return std::move(started).error();
  server = *std::move(started);
  return ok();
}

Result<std::unique_ptr<Node>> Node::start(const config::Config& config, NodeModels models) {
  auto tls = load_tls(config.tls);
  if (!tls) return std::move(tls).error();
  for (const auto& warning : *tls ? (*tls)->warnings() : std::vector<std::string>{}) {
    spdlog::warn("event=tls_warning note={}", warning);
  }
  std::unique_ptr<Node> node(
      new Node(std::make_unique<Parts>(config, std::move(models), *std::move(tls))));
  Parts& parts = *node->parts_;
  for (const auto step : {&Parts::open_storage, &Parts::start_work, &Parts::listen}) {
    if (auto done = (parts.*step)(config); !done) return std::move(done).error();
  }
  for (const auto& one : config.virtual_nodes) {
    spdlog::info("event=virtual_node ae=\"{}\" node={} destinations=\"{}\" segments=\"{}\"",
                 one.ae_title.str(), one.node.name(), fmt::join(one.destinations, " "),
                 segments_text(parts.models.of(one.node).segmenter->info()));
  }
  const ModelInfo& info = parts.models.main.segmenter->info();
  spdlog::info(
      "event=started ae={} address={} port={} tls_port={} model=\"{}\" version={} sha256={} "
      "device=\"{}\"",
      config.node.ae_title.str(), config.node.bind, parts.server->port(), parts.server->tls_port(),
      info.name, info.version, info.sha256.substr(0, 12), info.device);
  if (!info.trained) {
    spdlog::warn("event=untrained_model note=\"its segments have no meaning; set model.bundle\"");
  }
  return node;
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Node::~Node() { stop(); }

std::uint16_t Node::port() const { return parts_->server->port(); }
JobStore& Node::store() { return *parts_->store; }

void Node::stop() {
  // What still arrives is recorded; what runs is queued again.
  if (parts_->server) parts_->server->stop();
  if (parts_->retention) parts_->retention->stop();
  if (parts_->intake) parts_->intake->stop();
  if (parts_->scheduler) parts_->scheduler->stop();
}

}  // namespace hilum::admin
