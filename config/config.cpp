#include "config/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <system_error>
#include <utility>

#include "config/checks.h"
#include "config/profiles.h"
#include "config/reader.h"

namespace hilum::config {
namespace {

constexpr Range<int> kPortOrNone{0, 65'535};
constexpr Range<int> kSeconds{1, 3'600};
constexpr Range<int> kDay{1, 86'400};  // in seconds
constexpr Range<int> kSeriesNumber{1, 2'147'483'647};

void read(Section in, NodeConfig& node) {
  std::string ae_title = node.ae_title.str();
  in.text("ae_title", ae_title);
  if (auto parsed = AeTitle::parse(ae_title)) {
    node.ae_title = *std::move(parsed);
  } else {
    in.problem("ae_title", "is no AE title: " + parsed.error().message);
  }
  std::string name;
  in.text("name", name);
  if (!name.empty()) node.name = std::move(name);
  check_node_name(in, node.name);
  in.text("bind", node.bind);
  check_numeric_address(in, "bind", node.bind);
  int port = node.port;
  in.number("port", port, kPortOrNone);
  node.port = static_cast<std::uint16_t>(port);
}

void read(Section in, StorageConfig& storage) {
  std::string directory = storage.directory.string();
  in.text("directory", directory);
  storage.directory = directory;
  if (!storage.directory.is_absolute()) {
    in.problem("directory", fmt::format("is '{}'; it must be an absolute path", directory));
  }
  in.number("min_free_gib", storage.min_free_gib, {0.0, 1e6});
  constexpr std::array<std::string_view, 2> kDurabilities{"power-loss", "process-crash"};
  in.choice("durability", storage.durability, kDurabilities);
  constexpr Range<int> kDays{StorageConfig::kForEver, 36'500};
  in.number("keep_delivered_days", storage.keep_delivered_days, kDays);
  in.number("keep_not_segmented_days", storage.keep_not_segmented_days, kDays);
  in.number("keep_undelivered_days", storage.keep_undelivered_days, kDays);
  in.number("keep_quarantine_days", storage.keep_quarantine_days, kDays);
  in.number("keep_history_days", storage.keep_history_days, kDays);
  in.flag("free_early", storage.free_early);
  in.number("quarantine_max_gib", storage.quarantine_max_gib, {0.001, 1e6});
}

void read(Section in, NetworkConfig& network) {
  in.number("max_associations", network.max_associations, {1, 1'000});
  in.number("max_pdu", network.max_pdu, {4'096, 131'072});
  in.duration("association_timeout_s", network.association_timeout, kSeconds);
  in.duration("dimse_timeout_s", network.dimse_timeout, kSeconds);
  in.duration("idle_timeout_s", network.idle_timeout, kSeconds);
  in.duration("connect_timeout_s", network.connect_timeout, kSeconds);
  in.flag("check_called_ae", network.check_called_ae);
  in.flag("check_calling_ae", network.check_calling_ae);
  in.number("max_unknown_associations", network.max_unknown_associations, {1, 1'000});
  in.number("max_object_gib", network.max_object_gib, {1, 64});
}

QueryMode read_query(Section& in) {
  constexpr std::array<std::string_view, 3> kModes{"off", "get", "move"};
  std::string mode = "off";
  in.choice("query", mode, kModes);
  return mode == "get" ? QueryMode::kGet : mode == "move" ? QueryMode::kMove : QueryMode::kOff;
}

CommitmentMode read_commitment(Section& in) {
  constexpr std::array<std::string_view, 3> kModes{"off", "if-supported", "required"};
  std::string mode = "off";
  in.choice("storage_commitment", mode, kModes);
  return mode == "required"       ? CommitmentMode::kRequired
         : mode == "if-supported" ? CommitmentMode::kIfSupported
                                  : CommitmentMode::kOff;
}

void read(Section in, TlsConfig& tls) {
  int port = tls.port;
  in.number("port", port, kPortOrNone);
  tls.port = static_cast<std::uint16_t>(port);
  for (auto [key, path] : {std::pair{"certificate", &tls.certificate},
                           {"private_key", &tls.private_key},
                           {"authorities", &tls.authorities}}) {
    std::string text;
    in.text(key, text);
    *path = text;
    if (!text.empty() && !path->is_absolute()) {
      in.problem(key, fmt::format("is '{}'; it must be an absolute path", text));
    }
  }
  in.flag("require_certificate", tls.require_certificate);
  constexpr std::array<std::string_view, 2> kProfiles{"rfc9325", "rfc7525"};
  in.choice("profile", tls.profile, kProfiles);
}

Peer read_peer(Section in) {
  std::string name;
  in.required_text("name", name);
  std::string ae_title;
  in.required_text("ae_title", ae_title);
  // Stands in for a wrong title; the problem below keeps it from being used.
  AeTitle title = NodeConfig{}.ae_title;
  if (auto parsed = AeTitle::parse(ae_title)) {
    title = *std::move(parsed);
  } else if (!ae_title.empty()) {
    in.problem("ae_title", "is no AE title: " + parsed.error().message);
  }
  Peer peer{.name = std::move(name), .ae_title = std::move(title), .host = {}};
  in.text("host", peer.host);
  int port = peer.port;
  in.number("port", port, kPortOrNone);
  peer.port = static_cast<std::uint16_t>(port);
  in.flag("send", peer.may_send);
  peer.query = read_query(in);
  in.number("max_associations", peer.max_associations, {0, 1'000});
  in.flag("tls", peer.tls);
  in.text("certificate_name", peer.certificate_name);
  in.text("profile", peer.profile);
  peer.commitment = read_commitment(in);
  check_peer(in, peer);
  check_query(in, peer);
  check_commitment(in, peer);
  return peer;
}

void read(Section in, ResultsConfig& results) {
  in.list("destinations", results.destinations);
  in.duration("retry_first_s", results.retry_first, kDay);
  in.duration("retry_max_s", results.retry_max, kDay);
  in.duration("retry_for_hours", results.retry_for, {1, 24 * 365});
  in.number("series_number", results.series_number, kSeriesNumber);
  read_hold(in, results.hold);
  if (results.retry_max < results.retry_first) {
    in.problem("retry_max_s", "is less than results.retry_first_s");
  }
}

void read(Section in, CommitmentConfig& commitment) {
  in.duration("report_wait_s", commitment.report_wait, {0, 60});
  in.duration("report_deadline_s", commitment.report_deadline, {60, 86'400});
  in.number("attempts", commitment.attempts, {1, 100});
}

void read(Section in, SeriesConfig& series) {
  in.duration("quiet_period_s", series.quiet_period, kSeconds);
  in.duration("max_wait_s", series.max_wait, kDay);
  in.duration("complete_wait_s", series.complete_wait, kDay);
  constexpr std::array<std::string_view, 2> kChoices{"refuse", "segment"};
  std::string incomplete = "refuse";
  in.choice("incomplete", incomplete, kChoices);
  series.incomplete = incomplete == "segment" ? IfIncomplete::kSegment : IfIncomplete::kRefuse;
  if (series.max_wait < series.quiet_period) {
    in.problem("max_wait_s", "is less than series.quiet_period_s");
  }
}

void read(Section in, RulesConfig& rules) {
  in.list("modality", rules.modality);
  in.number("min_slices", rules.min_slices, {1, 100'000});
  in.number("max_slices", rules.max_slices, {1, 100'000});
  in.number("max_slice_spacing_mm", rules.max_slice_spacing_mm, {0.01, 100.0});
  read_orientations(in, rules.orientations);
  in.number("min_matrix", rules.min_matrix, {1, 65'535});
  in.number("max_matrix", rules.max_matrix, {1, 65'535});
  in.list("image_type_exclude", rules.image_type_exclude);
  for (auto [key, patterns] : {std::pair{"description_include", &rules.description_include},
                               {"description_exclude", &rules.description_exclude},
                               {"body_part_include", &rules.body_part_include}}) {
    in.list(key, *patterns);
    check_patterns(in, key, *patterns);
  }
  if (rules.max_slices < rules.min_slices) {
    in.problem("max_slices", "is less than rules.min_slices");
  }
  if (rules.max_matrix < rules.min_matrix) {
    in.problem("max_matrix", "is less than rules.min_matrix");
  }
}

/// What is not said is as in [results], [rules] and [model].
VirtualNodeConfig read_virtual_node(Section in, const Config& config) {
  std::string ae_title;
  in.required_text("ae_title", ae_title);
  // Stands in for a wrong title; the problem below keeps it from being used.
  AeTitle title = NodeConfig{}.ae_title;
  if (auto parsed = AeTitle::parse(ae_title)) {
    title = *std::move(parsed);
  } else if (!ae_title.empty()) {
    in.problem("ae_title", "is no AE title: " + parsed.error().message);
  }
  std::string name;
  in.text("name", name);
  auto node = VirtualNode::parse(name.empty() ? title.str() : name);
  if (!node) {
    in.problem("name", name.empty() ? "is missing: " + node.error().message +
                                          "; give a name that the AE title can be known by"
                                    : "is wrong: " + node.error().message);
  }
  VirtualNodeConfig virtual_node{.ae_title = std::move(title),
                                 .node = std::move(node).value_or(VirtualNode()),
                                 .destinations = config.results.destinations,
                                 .series_number = config.results.series_number,
                                 .rules = config.rules,
                                 .classes = config.model.classes};
  in.list("destinations", virtual_node.destinations);
  check_destinations(in, virtual_node.destinations, config.peers);
  in.number("series_number", virtual_node.series_number, kSeriesNumber);
  read(in.part("rules", "rules"), virtual_node.rules);
  in.list("classes", virtual_node.classes);
  check_labels(in, virtual_node.classes);
  return virtual_node;
}

void read(Section in, ModelConfig& model) {
  std::string bundle;
  in.text("bundle", bundle);
  model.bundle = bundle;
  in.text("device", model.device);
  check_device(in, model.device);
  in.number("threads", model.threads, {0, 1'024});
  constexpr std::array<std::string_view, 5> kPrecisions{"auto", "float32", "tf32", "bfloat16",
                                                        "float16"};
  in.choice("precision", model.precision, kPrecisions);
  in.list("classes", model.classes);
  check_labels(in, model.classes);
}

ClassConfig read_class(Section in) {
  constexpr std::array<std::string_view, 4> kVessels{"", "artery", "vein", "both"};
  constexpr std::array<std::string_view, 3> kSides{"", "left", "right"};
  ClassConfig one;
  in.required_text("label", one.label);
  in.text("prompt", one.prompt);
  in.choice("vessel", one.vessel, kVessels);
  in.choice("side", one.side, kSides);
  return one;
}

void read(Section in, JobsConfig& jobs) {
  in.number("workers", jobs.workers, {1, 16});
  in.number("max_attempts", jobs.max_attempts, {1, 100});
  in.duration("lease_s", jobs.lease, {10, 3'600});
}

void read(Section in, LogConfig& log) {
  constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};
  in.choice("level", log.level, kLevels);
}

Config read_all(Reader& reader) {
  Config config;
  Section node = reader.section("node");
  read(node, config.node);
  read(reader.section("storage"), config.storage);
  read(reader.section("network"), config.network);
  Section tls = reader.section("tls");
  read(tls, config.tls);
  const std::vector<Section> peers = reader.sections("peer");
  for (const Section& peer : peers) config.peers.push_back(read_peer(peer));
  config.profiles = read_profiles(reader.sections("profile"));
  check_profiles(peers, config.peers, config.profiles);
  Section results = reader.section("results");
  read(results, config.results);
  read(reader.section("commitment"), config.commitment);
  read(reader.section("series"), config.series);
  read(reader.section("rules"), config.rules);
  read(reader.section("model"), config.model);
  const std::vector<Section> classes = reader.sections("class");
  for (const Section& one : classes) config.model.described.push_back(read_class(one));
  check_unique(classes, config.model.described);
  const std::vector<Section> virtual_nodes = reader.sections("virtual_node");
  for (const Section& one : virtual_nodes) {
    config.virtual_nodes.push_back(read_virtual_node(one, config));
  }
  check_unique(virtual_nodes, config.virtual_nodes, config.node);
  read(reader.section("jobs"), config.jobs);
  read(reader.section("log"), config.log);
  check_ports(node, config.node.port, config.tls.port);
  check_tls(tls, config.tls, config.peers);
  check_unique(peers, config.peers);
  check_destinations(results, config.results.destinations, config.peers);
  reader.check_for_unknown();
  return config;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "hilum";
  return name.data();
}

Result<Config> parse_config(std::string_view text, const std::string& file_name) {
  auto root = parse_toml(text, file_name);
  if (!root) return std::move(root).error();
  Reader reader(*root, file_name);
  Config config = read_all(reader);
  if (reader.has_problems()) return reader.error();
  return config;
}

Result<Config> load_config(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{ErrorCode::kNotFound, fmt::format("{}: there is no such file", name)};
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{}: this is not a file", name)};
  }
  const auto size = std::filesystem::file_size(file, failed);
  if (!failed && size > kLargestFileBytes) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: {} bytes are too many for a configuration; at most {}", name,
                             size, kLargestFileBytes)};
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(failed ? 0 : size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (failed || !in) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("{}: cannot be read; it must be readable for the user that runs hilum", name)};
  }
  return parse_config(text, name);
}

std::vector<std::string> known_keys() {
  // Keys are known by being asked for; those of a section that may be repeated, once there is one.
  const Value one{.data = Array{{.data = Table{}}}};
  const Table root{{.key = "peer", .value = one},
                   {.key = "profile", .value = one},
                   {.key = "virtual_node", .value = one},
                   {.key = "class", .value = one}};
  Reader reader(root, "");
  read_all(reader);
  return reader.known_keys();
}

}  // namespace hilum::config
