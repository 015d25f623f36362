#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/system_clock.h"
#include "config/config.h"
#include "pipeline/domain/ports.h"
#include "pipeline/series_check.h"
#include "pipeline/series_rules.h"
#include "scp/commitment_scu.h"
#include "scp/query_scu.h"
#include "scp/store_scu.h"
#include "scp/tls_context.h"

/// From configuration to parts: what `hilum serve`, `check` and `segment` have in common.
namespace hilum::admin {

/// Where everything lies below `storage.directory`.
struct StorageLayout {
  explicit StorageLayout(const std::filesystem::path& directory)
      : spool(directory / "spool"),
        results(directory / "results"),
        models(directory / "models"),
        database(directory / "hilum.db") {}
  std::filesystem::path spool;
  std::filesystem::path results;
  std::filesystem::path models;
  std::filesystem::path database;
};

/// The job database of the node that `config_file` configures; kNotFound when it never ran.
Result<std::unique_ptr<JobStore>> job_store_for_cli(const std::filesystem::path& config_file);

Result<pipeline::SeriesRules> series_rules(const config::RulesConfig& config);

/// CT that could not be decoded is refused at negotiation, when the sender can still choose another
/// syntax; what is only kept may come in any.
bool is_of_use(std::string_view sop_class, std::string_view transfer_syntax);

/// Null: the configuration names neither a certificate nor authorities.
using SharedTls = std::shared_ptr<const scp::TlsContext>;
Result<SharedTls> load_tls(const config::TlsConfig& config);

/// How this node calls others, by one of its AE titles.
scp::StoreScu::Options scu_options(const config::Config& config, const AeTitle& ae_title,
                                   const SharedTls& tls);
/// How it asks destinations to commit to keep results, likewise.
scp::CommitmentScu::Options commitment_options(const config::Config& config,
                                               const AeTitle& ae_title, const SharedTls& tls);
/// How it asks peers for missing images of a series.
scp::QueryScu::Options query_options(const config::Config& config, const SharedTls& tls);
/// When a series is asked for, and for how long.
pipeline::SeriesCheck::Options series_check_options(const config::Config& config);

/// The profiles of these peers, each once; the standard one when there are no peers, so that there
/// always is a result.
std::vector<ViewerProfile> profiles_of(const config::Config& config, std::span<const Peer> peers);

/// The peers with these names, in this order; names that no peer has are passed over.
std::vector<Peer> peers_named(const config::Config& config, std::span<const std::string> names);

}  // namespace hilum::admin
