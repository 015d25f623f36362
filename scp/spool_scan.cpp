#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <system_error>

#include "pipeline/domain/posix_file.h"
#include "scp/spool.h"
#include "scp/spool_paths.h"
#include "scp/stored_file.h"

namespace hilum::scp {
namespace {

namespace fs = std::filesystem;

/// What the path of an accepted instance says: <node's directory>/<study>/<series>/<sop>.dcm.
struct NamedInstance {
  SeriesKey series;
  SopInstanceUid sop;
};

std::optional<NamedInstance> parse_path(const fs::path& file, const VirtualNode& node) {
  if (file.extension() != kInstanceExtension) return {};
  const auto directory = file.parent_path();
  auto study = StudyUid::parse(directory.parent_path().filename().string());
  auto series = SeriesUid::parse(directory.filename().string());
  auto sop = SopInstanceUid::parse(file.stem().string());
  if (!study || !series || !sop) return {};
  return NamedInstance{{std::move(*study), std::move(*series), node}, std::move(*sop)};
}

/// The instance in a file of ours, whose name must tell the truth.
Result<ReceivedInstance> reread(const fs::path& file, const NamedInstance& named) {
  auto instance = read_received_instance(file);
  if (!instance) return std::move(instance).error();
  instance->series.node = named.series.node;  // nothing in a file says that, its place does
  if (instance->series != named.series || instance->sop != named.sop) {
    return Error{ErrorCode::kInvalidInput, "the file's name and its content differ"};
  }
  instance->file = instance_path(instance->series, instance->sop);
  return instance;
}

Status visit(const fs::path& file, const VirtualNode& node, const Spool::Known& known,
             const Spool::Take& take) {
  const auto named = parse_path(file, node);
  if (!named) {
    spdlog::warn("event=spool_file_ignored file={} reason=\"not named like an instance\"",
                 file.string());
    return ok();
  }
  if (known(named->series, named->sop)) return ok();
  auto instance = reread(file, *named);
  if (!instance) {
    spdlog::error("event=spool_file_unreadable file={} reason=\"{}\"", file.string(),
                  instance.error().message);
    return ok();
  }
  return take(std::move(*instance));
}

}  // namespace

Status Spool::scan(const Known& known, const Take& take) const {
  for (const VirtualNode& node : nodes_) {
    if (auto scanned = scan_node(node, known, take); !scanned) return scanned;
  }
  return ok();
}

Status Spool::scan_node(const VirtualNode& node, const Known& known, const Take& take) const {
  const auto instances = options_.root / instances_of(node);
  std::error_code error;
  if (!fs::exists(instances, error) && !error) return ok();  // it has never received anything
  for (fs::recursive_directory_iterator it(instances, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_directory(error)) continue;
    if (error) break;
    if (auto visited = visit(it->path(), node, known, take); !visited) return visited;
  }
  if (error) return errno_error(error.value(), "list", instances);
  return ok();
}

}  // namespace hilum::scp
