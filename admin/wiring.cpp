#include "admin/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "db/job_store.h"
#include "dicomseg/image_header.h"
#include "dicomseg/pixel_decoding.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

Result<std::vector<pipeline::TextPattern>> compile(const std::vector<std::string>& texts) {
  std::vector<pipeline::TextPattern> patterns;
  for (const std::string& text : texts) {
    auto pattern = pipeline::TextPattern::compile(text);
    if (!pattern) return std::move(pattern).error();
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

}  // namespace

Result<std::unique_ptr<JobStore>> job_store_for_cli(const fs::path& config_file) {
  auto config = config::load_config(config_file);
  if (!config) return std::move(config).error();
  const auto file = StorageLayout(config->storage.directory).database;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no job database at {}; has `hilum serve` run with this "
                             "configuration, and may this user read it?",
                             file.string())};
  }
  auto store = db::SqliteJobStore::open(file);
  if (!store) return std::move(store).error();
  return std::unique_ptr<JobStore>(*std::move(store));
}

Result<pipeline::SeriesRules> series_rules(const config::RulesConfig& config) {
  pipeline::SeriesRules rules;
  rules.modality = config.modality;
  rules.min_slices = config.min_slices;
  rules.max_slices = config.max_slices;
  rules.max_slice_spacing_mm = config.max_slice_spacing_mm;
  rules.orientations = config.orientations;
  rules.min_matrix = config.min_matrix;
  rules.max_matrix = config.max_matrix;
  rules.image_type_exclude = config.image_type_exclude;
  for (const auto& [texts, patterns] :
       {std::pair{&config.description_include, &rules.description_include},
        std::pair{&config.description_exclude, &rules.description_exclude},
        std::pair{&config.body_part_include, &rules.body_part_include}}) {
    auto compiled = compile(*texts);
    if (!compiled) return std::move(compiled).error();
    *patterns = *std::move(compiled);
  }
  return rules;
}

std::vector<ViewerProfile> profiles_of(const config::Config& config, std::span<const Peer> peers) {
  const auto named = [&](const std::string& name) {
    // The configuration was checked; a name that it does not have cannot be.
    return *std::ranges::find(config.profiles, name, &ViewerProfile::name);
  };
  std::vector<ViewerProfile> profiles;
  for (const Peer& peer : peers) {
    if (std::ranges::find(profiles, peer.profile, &ViewerProfile::name) == profiles.end()) {
      profiles.push_back(named(peer.profile));
    }
  }
  if (profiles.empty()) profiles.push_back(named(ViewerProfile{}.name));
  return profiles;
}

bool is_of_use(std::string_view sop_class, std::string_view transfer_syntax) {
  return !dicomseg::is_ct_class(sop_class) ||
         dicomseg::pixel_decoding(std::string(transfer_syntax)) !=
             dicomseg::PixelDecoding::kImpossible;
}

scp::StoreScu::Options scu_options(const config::Config& config, const AeTitle& ae_title,
                                   const SharedTls& tls) {
  return {.ae_title = ae_title,
          .max_pdu = static_cast<std::uint32_t>(config.network.max_pdu),
          .connect_timeout = config.network.connect_timeout,
          .association_timeout = config.network.association_timeout,
          .response_timeout = config.network.dimse_timeout,
          .tls = tls};
}

scp::CommitmentScu::Options commitment_options(const config::Config& config,
                                               const AeTitle& ae_title, const SharedTls& tls) {
  return {.scu = scu_options(config, ae_title, tls), .report_wait = config.commitment.report_wait};
}

scp::QueryScu::Options query_options(const config::Config& config, const SharedTls& tls) {
  std::map<VirtualNode, AeTitle> titles;
  for (const auto& own : config.virtual_nodes) titles.emplace(own.node, own.ae_title);
  return {.scu = scu_options(config, config.node.ae_title, tls),
          .titles = std::move(titles),
          .classes = {std::string(dicomseg::kCtImageStorage),
                      std::string(dicomseg::kEnhancedCtImageStorage),
                      std::string(dicomseg::kLegacyConvertedEnhancedCtImageStorage)},
          .of_use = is_of_use};
}

pipeline::SeriesCheck::Options series_check_options(const config::Config& config) {
  pipeline::SeriesCheck::Options options;
  options.peers = config.peers;
  options.is_of_use = [](const SopClassUid& sop_class) {
    return dicomseg::is_ct_class(sop_class.str());
  };
  options.longest_wait = config.series.complete_wait;
  options.segment_incomplete = config.series.incomplete == config::IfIncomplete::kSegment;
  return options;
}

Result<SharedTls> load_tls(const config::TlsConfig& config) {
  if (config.certificate.empty() && config.authorities.empty()) {
    return SharedTls();
  }
  return scp::TlsContext::load(
      {.certificate = config.certificate,
       .private_key = config.private_key,
       .authorities = config.authorities,
       .callers = config.require_certificate ? scp::CallerCertificate::kRequired
                                             : scp::CallerCertificate::kOptional,
       .profile = config.profile == "rfc7525" ? scp::TlsProfile::kBcp195Rfc7525
                                              : scp::TlsProfile::kBcp195Rfc9325});
}

std::vector<Peer> peers_named(const config::Config& config, std::span<const std::string> names) {
  std::vector<Peer> found;
  for (const std::string& name : names) {
    const auto peer = std::ranges::find(config.peers, name, &Peer::name);
    if (peer != config.peers.end()) found.push_back(*peer);
  }
  return found;
}

}  // namespace hilum::admin
