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

/// What the path of an accepted instance says: instances/<study>/<series>/<sop>.dcm.
struct NamedInstance {
  SeriesKey series;
  SopInstanceUid sop;
};

std::optional<NamedInstance> parse_path(const fs::path& file) {
  if (file.extension() != kInstanceExtension) return {};
  const auto directory = file.parent_path();
  auto study = StudyUid::parse(directory.parent_path().filename().string());
  auto series = SeriesUid::parse(directory.filename().string());
  auto sop = SopInstanceUid::parse(file.stem().string());
  if (!study || !series || !sop) return {};
  return NamedInstance{{std::move(*study), std::move(*series)}, std::move(*sop)};
}

/// The instance in a file of ours, whose name must tell the truth.
Result<ReceivedInstance> reread(const fs::path& file, const NamedInstance& named) {
  auto instance = read_received_instance(file);
  if (!instance) return std::move(instance).error();
  if (instance->series != named.series || instance->sop != named.sop) {
    return Error{ErrorCode::kInvalidInput, "the file's name and its content differ"};
  }
  instance->file = instance_path(instance->series, instance->sop);
  return instance;
}

Status visit(const fs::path& file, const Spool::Known& known, const Spool::Take& take) {
  const auto named = parse_path(file);
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
  const auto instances = options_.root / kInstancesDirectory;
  std::error_code error;
  for (fs::recursive_directory_iterator it(instances, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_directory(error)) continue;
    if (error) break;
    if (auto visited = visit(it->path(), known, take); !visited) return visited;
  }
  if (error) return errno_error(error.value(), "list", instances);
  return ok();
}

}  // namespace hilum::scp
