#include "scp/stored_file.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "pipeline/domain/posix_file.h"
#include "scp/file_meta.h"
#include "scp/instance_header.h"

namespace hilum::scp {
namespace {

namespace fs = std::filesystem;

Time to_time(fs::file_time_type stamp) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(
      std::chrono::file_clock::to_sys(stamp));
}

}  // namespace

Result<ReceivedInstance> read_received_instance(const fs::path& file) {
  auto header = read_instance_header(file);
  if (!header) return std::move(header).error();
  auto digest = data_set_sha256(file);
  if (!digest) return std::move(digest).error();
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) return errno_error(error.value(), "size of", file);
  const auto written = fs::last_write_time(file, error);
  if (error) return errno_error(error.value(), "time of", file);
  return ReceivedInstance{.sop = std::move(header->sop),
                          .sop_class = std::move(header->sop_class),
                          .transfer_syntax = std::move(header->transfer_syntax),
                          .series = std::move(header->series),
                          .calling_ae = std::move(header->calling_ae),
                          .file = file,
                          .size_bytes = size,
                          .sha256 = std::move(*digest),
                          .received_at = to_time(written),
                          .expected_in_series = header->expected_in_series};
}

}  // namespace hilum::scp
