#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/domain/ae_title.h"
#include "pipeline/domain/findings.h"
#include "pipeline/domain/peer.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"
#include "pipeline/domain/viewer_profile.h"
#include "pipeline/domain/virtual_node.h"

/// The node's configuration. `config/hilum.toml` documents every key; a test keeps it complete and
/// its values equal to the defaults here. Whatever holds a Config holds a valid one.
namespace hilum::config {

/// This computer's name, or "hilum" if it has none.
std::string host_name();

struct NodeConfig {
  AeTitle ae_title = *AeTitle::parse("HILUM");
  std::string name = host_name();  ///< in leases and logs; without '/'
  std::string bind = "0.0.0.0";    ///< a numeric address
  std::uint16_t port = 11112;      ///< without TLS; 0: none, where TLS has one
  bool operator==(const NodeConfig&) const = default;
};

struct StorageConfig {
  static constexpr int kForEver = -1;

  std::filesystem::path directory = "/var/lib/hilum";
  double min_free_gib = 2;
  std::string durability = "power-loss";  ///< or process-crash
  int keep_delivered_days = 3;            ///< this and the following: kForEver, or days
  int keep_not_segmented_days = 30;
  int keep_undelivered_days = kForEver;
  int keep_quarantine_days = kForEver;
  int keep_history_days = 365;
  bool free_early = true;
  double quarantine_max_gib = 1;
  bool operator==(const StorageConfig&) const = default;
};

struct NetworkConfig {
  int max_associations = 32;
  int max_pdu = 131'072;  ///< bytes
  std::chrono::seconds association_timeout{30};
  std::chrono::seconds dimse_timeout{60};
  std::chrono::seconds idle_timeout{60};
  std::chrono::seconds connect_timeout{10};
  bool check_called_ae = false;
  bool check_calling_ae = true;
  int max_unknown_associations = 24;  ///< of all callers together that are no peers
  int max_object_gib = 4;
  bool operator==(const NetworkConfig&) const = default;
};

/// Files are absolute paths, in PEM format.
struct TlsConfig {
  std::uint16_t port = 0;               ///< 0: none
  std::filesystem::path certificate{};  ///< ours; empty: none
  std::filesystem::path private_key{};  ///< there if and only if there is a certificate
  std::filesystem::path authorities{};  ///< who signs callers and destinations; empty: nobody
  bool require_certificate = true;      ///< of callers
  std::string profile = "rfc9325";      ///< rfc9325 or rfc7525
  bool operator==(const TlsConfig&) const = default;
};

struct ResultsConfig {
  std::vector<std::string> destinations{"pacs"};  ///< names of peers that have a port
  std::chrono::seconds retry_first{30};
  std::chrono::seconds retry_max{600};
  std::chrono::hours retry_for{48};
  int series_number = 9001;
  std::vector<DoubtKind> hold{};  ///< a result with one of these is looked at before it is sent
  bool operator==(const ResultsConfig&) const = default;
};

/// For destinations with `storage_commitment`.
struct CommitmentConfig {
  std::chrono::seconds report_wait{5};
  std::chrono::seconds report_deadline{600};
  int attempts = 5;
  bool operator==(const CommitmentConfig&) const = default;
};

/// What happens to a series of which its sender has more than we could get.
enum class IfIncomplete { kRefuse, kSegment };

struct SeriesConfig {
  std::chrono::seconds quiet_period{10};
  std::chrono::seconds max_wait{3600};
  std::chrono::seconds complete_wait{600};
  IfIncomplete incomplete = IfIncomplete::kRefuse;
  bool operator==(const SeriesConfig&) const = default;
};

/// Patterns are case-insensitive ECMAScript regular expressions, known to compile.
struct RulesConfig {
  std::vector<std::string> modality{"CT"};
  int min_slices = 20;
  int max_slices = 2500;
  double max_slice_spacing_mm = 10.0;
  std::vector<SeriesFacts::Orientation> orientations{
      SeriesFacts::Orientation::kAxial, SeriesFacts::Orientation::kCoronal,
      SeriesFacts::Orientation::kSagittal, SeriesFacts::Orientation::kOblique};
  int min_matrix = 128;
  int max_matrix = 2048;
  std::vector<std::string> image_type_exclude{"LOCALIZER", "MIP", "MINIP"};
  std::vector<std::string> description_include;
  std::vector<std::string> description_exclude{"scout",
                                               "topogram",
                                               "localizer",
                                               "surview",
                                               "scanogram",
                                               R"(dose\s*(report|info))",
                                               R"(smart\s*prep|bolus\s*track)",
                                               R"(\b(mip|minip)\b)"};
  std::vector<std::string> body_part_include;
  bool operator==(const RulesConfig&) const = default;
};

/// One `[[virtual_node]]`: a further AE title of ours. What its section does not say is as in
/// `[results]`, `[rules]` and `[model]`, and filled in here.
struct VirtualNodeConfig {
  AeTitle ae_title;
  VirtualNode node;  ///< its name, which stays when the title changes
  std::vector<std::string> destinations;
  int series_number;
  RulesConfig rules;
  std::vector<std::string> classes{};  ///< as `ModelConfig::classes`
  bool operator==(const VirtualNodeConfig&) const = default;
};

/// One `[[class]]`: what is segmented, in words. `label` is that of a class of the model, or a new
/// one, which says what vessel it is.
struct ClassConfig {
  std::string label;
  std::string prompt;  ///< empty: the model's own, for a label that it has
  std::string vessel;  ///< "", "artery", "vein" or "both"; needed for a new label
  std::string side;    ///< "", "left" or "right"
  bool operator==(const ClassConfig&) const = default;
};

struct ModelConfig {
  std::filesystem::path bundle;    ///< empty: the model that comes with the program
  std::string device = "auto";     ///< auto, cpu, cuda or cuda:N
  int threads = 0;                 ///< 0: all cores
  std::string precision = "auto";  ///< auto, float32, tf32, bfloat16 or float16
  /// Labels of what is segmented: of `described` or of the bundle. Empty: all that are described,
  /// or all of the bundle when none is.
  std::vector<std::string> classes;
  std::vector<ClassConfig> described;  ///< every `[[class]]`
  bool operator==(const ModelConfig&) const = default;
};

struct JobsConfig {
  int workers = 2;
  int max_attempts = 3;
  std::chrono::seconds lease{60};
  bool operator==(const JobsConfig&) const = default;
};

struct LogConfig {
  std::string level = "info";  ///< trace, debug, info, warning or error
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  NodeConfig node;
  StorageConfig storage;
  NetworkConfig network;
  TlsConfig tls;
  std::vector<Peer> peers;
  std::vector<ViewerProfile> profiles{ViewerProfile{}};  ///< what peers can get; by unique names
  ResultsConfig results;
  CommitmentConfig commitment;
  SeriesConfig series;
  RulesConfig rules;
  std::vector<VirtualNodeConfig> virtual_nodes;
  ModelConfig model;
  JobsConfig jobs;
  LogConfig log;
};

/// Files beyond this are not configurations.
inline constexpr std::uintmax_t kLargestFileBytes = 1U << 20U;

/// Reads and checks a file. kNotFound when there is none; kInvalidInput with every problem on a
/// line of its own, "file:line: section.key ...", when it is not a valid configuration.
Result<Config> load_config(const std::filesystem::path& file);
/// The same for a text; `file_name` is for the messages.
Result<Config> parse_config(std::string_view text, const std::string& file_name);

/// "section.key" of every key there is, sorted.
std::vector<std::string> known_keys();

}  // namespace hilum::config
