#include "scp/part_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hilum::scp {

PartFile::PartFile(UniqueFd fd, std::filesystem::path file, IncomingInstance instance,
                   std::uint64_t max_data_set_bytes, DiskRoom& room)
    : fd_(std::move(fd)),
      path_(std::move(file)),
      instance_(std::move(instance)),
      max_data_set_bytes_(max_data_set_bytes),
      room_(room) {}

PartFile::PartFile(PartFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      path_(std::exchange(other.path_, {})),
      instance_(std::move(other.instance_)),
      max_data_set_bytes_(other.max_data_set_bytes_),
      room_(other.room_),
      meta_bytes_(other.meta_bytes_),
      data_set_bytes_(other.data_set_bytes_),
      hash_(std::move(other.hash_)),
      sha256_(std::move(other.sha256_)) {}

PartFile::~PartFile() {
  // A part that cannot be removed now is removed when the spool is opened the next time.
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<PartFile> PartFile::create(std::filesystem::path file, IncomingInstance instance,
                                  std::uint64_t max_data_set_bytes, DiskRoom& room) {
  constexpr mode_t kOwnerAndGroup = 0640;
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerAndGroup));
  if (!fd.valid()) return errno_error(errno, "create", file);
  const std::string meta = encode_file_meta(instance);
  PartFile part(std::move(fd), std::move(file), std::move(instance), max_data_set_bytes, room);
  auto written = write_all(part.fd_.get(), std::as_bytes(std::span(meta)), part.path_);
  if (!written) return std::move(written).error();
  part.meta_bytes_ = meta.size();
  return part;
}

Status PartFile::append(std::span<const std::byte> bytes) {
  if (bytes.size() > max_data_set_bytes_ - data_set_bytes_) {
    return Error{ErrorCode::kNoSpace,
                 fmt::format("the data set of {} is larger than the limit of {} bytes",
                             instance_.sop.str(), max_data_set_bytes_)};
  }
  if (auto charged = room_.charge(bytes.size()); !charged) return charged;
  if (auto written = write_all(fd_.get(), bytes, path_); !written) return written;
  hash_.update(bytes);
  data_set_bytes_ += bytes.size();
  return ok();
}

Status PartFile::finish(Durability durability) {
  // The size is metadata that fdatasync flushes too; times are not needed after a crash.
  if (durability == Durability::kPowerLoss && ::fdatasync(fd_.get()) != 0) {
    return errno_error(errno, "sync", path_);
  }
  if (::close(fd_.release()) != 0) return errno_error(errno, "close", path_);
  sha256_ = Sha256::hex(hash_.finish());
  return ok();
}

}  // namespace hilum::scp
