#include "scp/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <set>
#include <system_error>

#include "scp/dcmtk_runtime.h"
#include "scp/instance_header.h"
#include "scp/spool_paths.h"

namespace hilum::scp {
namespace {

namespace fs = std::filesystem;

Time now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// The data set must be what the command announced: a mix-up of two instances at the sender would
/// otherwise be filed under the wrong name.
Status check_announcement(const IncomingInstance& announced, const InstanceHeader& found) {
  if (announced.series && *announced.series != found.series) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("instance {} was asked for as one of series {}, its data set is of "
                    "series {}; look for a fault in the sending system",
                    found.sop.str(), announced.series->series.str(), found.series.series.str())};
  }
  if (announced.sop == found.sop && announced.sop_class == found.sop_class) return ok();
  return Error{
      ErrorCode::kUnsupported,
      fmt::format("the command announced instance {} of class {}, its data set is instance "
                  "{} of class {}; look for a fault in the sending system",
                  announced.sop.str(), announced.sop_class.str(), found.sop.str(),
                  found.sop_class.str())};
}

Status empty_trash(const fs::path& trash) {
  std::error_code error;
  for (fs::directory_iterator it(trash, error), end; !error && it != end; it.increment(error)) {
    fs::remove_all(it->path(), error);
  }
  if (error) return errno_error(error.value(), "empty", trash);
  return ok();
}

Status remove_leftover_parts(const fs::path& parts) {
  std::error_code error;
  int removed = 0;
  for (fs::directory_iterator it(parts, error), end; !error && it != end; it.increment(error)) {
    if (::unlink(it->path().c_str()) != 0) return errno_error(errno, "remove", it->path());
    ++removed;
  }
  if (error) return errno_error(error.value(), "list", parts);
  if (removed > 0) spdlog::info("event=leftover_parts_removed count={}", removed);
  return ok();
}

Result<UniqueFd> lock_root(const fs::path& root) {
  constexpr mode_t kOwnerAndGroup = 0640;
  const auto file = root / ".lock";
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerAndGroup));
  if (!fd.valid()) return errno_error(errno, "open", file);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return errno_error(errno, "lock", file);
    return Error{ErrorCode::kConflict, "another process uses the spool " + root.string() +
                                           "; stop it or configure another directory"};
  }
  return fd;
}

}  // namespace

Spool::Spool(Options options, UniqueFd lock)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      room_(options_.root, options_.keep_free_bytes,
            {.free_bytes = options_.free_bytes
                               ? options_.free_bytes
                               : [root = options_.root] { return free_bytes_at(root); }}),
      directories_(options_.durability),
      quarantine_(options_.root, options_.max_quarantine_bytes) {}

Result<std::unique_ptr<Spool>> Spool::open(Options options) {
  silence_dcmtk_log();
  std::error_code error;
  fs::create_directories(options.root, error);
  if (error) return errno_error(error.value(), "create directory", options.root);
  auto lock = lock_root(options.root);
  if (!lock) return std::move(lock).error();
  std::unique_ptr<Spool> spool(new Spool(std::move(options), std::move(*lock)));
  for (const char* directory :
       {kPartsDirectory, kInstancesDirectory, kQuarantineDirectory, kTrashDirectory}) {
    auto made = spool->directories_.ensure(spool->root(), directory);
    if (!made) return std::move(made).error();
  }
  if (auto found = spool->find_nodes(); !found) return std::move(found).error();
  auto removed = remove_leftover_parts(spool->root() / kPartsDirectory);
  if (!removed) return std::move(removed).error();
  if (auto emptied = empty_trash(spool->root() / kTrashDirectory); !emptied) {
    return std::move(emptied).error();
  }
  return spool;
}

Status Spool::find_nodes() {
  std::set<VirtualNode> nodes(options_.virtual_nodes.begin(), options_.virtual_nodes.end());
  const auto parent = options_.root / kVirtualDirectory;
  std::error_code error;
  if (fs::exists(parent, error)) {
    for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
      if (auto node = VirtualNode::parse(it->path().filename().string())) {
        nodes.insert(*std::move(node));
      } else {
        spdlog::warn("event=spool_directory_ignored directory={} reason=\"{}\"",
                     it->path().string(), node.error().message);
      }
    }
  }
  if (error) return errno_error(error.value(), "list", parent);
  nodes.insert(VirtualNode());  // sorts first
  nodes_.assign(nodes.begin(), nodes.end());
  return ok();
}

Result<PartFile> Spool::begin(IncomingInstance instance) {
  if (auto admitted = room_.admit(); !admitted) return std::move(admitted).error();
  auto file = options_.root / kPartsDirectory / fmt::format("{}.part", next_part_++);
  return PartFile::create(std::move(file), std::move(instance), options_.max_data_set_bytes, room_);
}

Result<Spool::Stored> Spool::commit(PartFile part) {
  if (auto finished = part.finish(options_.durability); !finished) {
    return std::move(finished).error();
  }
  auto header = read_instance_header(part.path(), options_.max_data_set_bytes);
  if (!header) return std::move(header).error();
  header->series.node = part.instance().node;
  auto announced = check_announcement(part.instance(), *header);
  if (!announced) return std::move(announced).error();
  ReceivedInstance instance{
      .sop = header->sop,
      .sop_class = header->sop_class,
      .transfer_syntax = part.instance().transfer_syntax,
      .series = header->series,
      .calling_ae = part.instance().calling_ae,
      .file = instance_path(header->series, header->sop),
      .size_bytes = part.size_bytes(),
      .sha256 = part.sha256(),
      .received_at = now(),
      .expected_in_series = header->expected_in_series,
  };
  auto hold = guard_.hold(instance.series);
  auto outcome = place(part, instance);
  if (!outcome) return std::move(outcome).error();
  return Stored{std::move(instance), *outcome, std::move(hold)};
}

Result<Spool::Outcome> Spool::place(const PartFile& part, const ReceivedInstance& instance) {
  fs::path made = options_.root;
  for (const fs::path& directory : instances_of(instance.series.node)) {
    auto ensured = directories_.ensure(made, directory.string());
    if (!ensured) return std::move(ensured).error();
    made /= directory;
  }
  auto ensured =
      directories_.ensure(made, instance.series.study.str(), instance.series.series.str());
  if (!ensured) return std::move(ensured).error();
  auto outcome = link_in_place(part, instance);
  if (!outcome) return outcome;
  // Also for an instance that was there: the association that brought it may not be so far yet.
  auto synced = directories_.sync((options_.root / instance.file).parent_path());
  if (!synced) return std::move(synced).error();
  return outcome;
}

Result<Spool::Outcome> Spool::link_in_place(const PartFile& part,
                                            const ReceivedInstance& instance) {
  const auto target = options_.root / instance.file;
  std::unique_lock<std::mutex> one_at_a_time;
  if (nodes_.size() > 1) {
    const std::size_t slot = std::hash<SopInstanceUid>{}(instance.sop) % placing_.size();
    one_at_a_time = std::unique_lock(placing_.at(slot));
    auto linked = link_from_another_node(part, instance);
    if (!linked) return std::move(linked).error();
    if (*linked) return Outcome::kNew;
  }
  // link() never replaces a file, so of two associations with the same instance one sees EEXIST.
  if (::link(part.path().c_str(), target.c_str()) == 0) return Outcome::kNew;
  if (errno != EEXIST) return errno_error(errno, "file the instance as", target);
  return compare(part, instance, target);
}

/// True: another node has the instance, and this one has its file now, too.
Result<bool> Spool::link_from_another_node(const PartFile& part, const ReceivedInstance& instance) {
  const auto target = options_.root / instance.file;
  if (::access(target.c_str(), F_OK) == 0) return false;
  for (const VirtualNode& node : nodes_) {
    const SeriesKey theirs{instance.series.study, instance.series.series, node};
    const auto existing = options_.root / instance_path(theirs, instance.sop);
    if (::access(existing.c_str(), F_OK) != 0) continue;
    auto same = compare(part, instance, existing);
    if (same && ::link(existing.c_str(), target.c_str()) == 0) return true;
    const int failed = errno;
    if (::access(existing.c_str(), F_OK) != 0) continue;  // gone since: not needed there any more
    if (!same) return std::move(same).error();
    return errno_error(failed, "file the instance as", target);
  }
  return false;
}

Result<Spool::Outcome> Spool::compare(const PartFile& part, const ReceivedInstance& instance,
                                      const fs::path& existing) {
  auto header = read_instance_header(existing, options_.max_data_set_bytes);
  if (!header && header.error().code == ErrorCode::kInvalidInput) {
    return replace_damaged(part, existing);
  }
  if (!header) return std::move(header).error();
  auto digest = data_set_sha256(existing);
  if (!digest) return std::move(digest).error();
  if (*digest == instance.sha256 && header->transfer_syntax == instance.transfer_syntax) {
    return Outcome::kSameAgain;
  }
  return set_aside(part);
}

Result<Spool::Outcome> Spool::replace_damaged(const PartFile& part, const fs::path& existing) {
  // The disk has lost it, or the power went with storage.durability = "process-crash". The sender
  // is not to be blamed, and what it sends mends it.
  spdlog::error(
      "event=damaged_instance_replaced file={} action=\"check the disk, and run `hilum "
      "verify`\"",
      existing.string());
  if (::rename(part.path().c_str(), existing.c_str()) != 0) {
    return errno_error(errno, "replace the damaged", existing);
  }
  return Outcome::kNew;
}

Error Spool::set_aside(const PartFile& part) {
  const auto& sop = part.instance().sop.str();
  auto file = quarantine_.keep(part);
  if (!file) return std::move(file).error();
  spdlog::warn(
      "event=instance_quarantined sop={} calling=\"{}\" file={} action=\"see `hilum "
      "quarantine show {}`\"",
      sop, part.instance().calling_ae, file->string(), file->filename().string());
  return {ErrorCode::kConflict,
          fmt::format("instance {} is stored already with other content; the stored one "
                      "stays, the new one is {}",
                      sop, file->string())};
}

Result<bool> Spool::free_series(const SeriesKey& key, const std::function<Result<bool>()>& mark) {
  const auto study = options_.root / instances_of(key.node) / key.study.str();
  const auto trash = options_.root / kTrashDirectory / fmt::to_string(next_part_++);
  {
    const auto claim = guard_.try_claim(key);
    if (!claim) return false;
    auto marked = mark();
    if (!marked || !*marked) return marked;
    // All files at once, and a rename does not take long; deleting them can.
    const auto series = study / key.series.str();
    if (::rename(series.c_str(), trash.c_str()) != 0 && errno != ENOENT) {
      return errno_error(errno, "move to trash", series);
    }
    directories_.remove_if_empty(study);
  }
  std::error_code error;
  fs::remove_all(trash, error);
  if (error) return errno_error(error.value(), "delete", trash);
  return true;
}

}  // namespace hilum::scp
