#include "admin/cli/dicom_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "scp/stored_file.h"

namespace hilum::admin {

namespace fs = std::filesystem;

Result<DicomFolder> read_dicom_folder(const fs::path& directory) {
  DicomFolder folder;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    auto instance = scp::read_received_instance(it->path());
    if (instance) {
      folder.series[instance->series].push_back(*std::move(instance));
    } else {
      ++folder.other_files;
    }
  }
  if (error) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("cannot read {}: {}", directory.string(), error.message())};
  }
  return folder;
}

std::vector<fs::path> files_of(const std::vector<ReceivedInstance>& instances) {
  std::vector<fs::path> files;
  std::transform(instances.begin(), instances.end(), std::back_inserter(files),
                 [](const ReceivedInstance& instance) { return instance.file; });
  return files;
}

}  // namespace hilum::admin
