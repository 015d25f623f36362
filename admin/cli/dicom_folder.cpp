#include "admin/cli/dicom_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "scp/stored_file.h"

namespace hilum::admin {

namespace fs = std::filesystem;
namespace {

/// Whether it has the preamble of a DICOM file (PS3.10 7.1).
bool is_part10(const fs::path& file) {
  std::array<char, 132> start{};
  std::ifstream in(file, std::ios::binary);
  return in.read(start.data(), start.size()) && std::string_view(start.data() + 128, 4) == "DICM";
}

void print_unreadable(const std::vector<std::string>& reasons) {
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < std::min(kNamed, reasons.size()); ++i) {
    fmt::print(stderr, "left out: {}\n", reasons[i]);
  }
  if (reasons.size() > kNamed) {
    fmt::print(stderr, "left out: {} more files like these\n", reasons.size() - kNamed);
  }
}

}  // namespace

Result<DicomFolder> read_dicom_folder(const fs::path& directory) {
  DicomFolder folder;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    auto instance = scp::read_received_instance(it->path());
    if (instance) {
      folder.series[instance->series].push_back(*std::move(instance));
    } else if (is_part10(it->path())) {
      folder.unreadable.push_back(std::move(instance).error().message);
    } else {
      ++folder.other_files;
    }
  }
  if (error) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("cannot read {}: {}", directory.string(), error.message())};
  }
  print_unreadable(folder.unreadable);
  return folder;
}

std::vector<fs::path> files_of(const std::vector<ReceivedInstance>& instances) {
  std::vector<fs::path> files;
  std::transform(instances.begin(), instances.end(), std::back_inserter(files),
                 [](const ReceivedInstance& instance) { return instance.file; });
  return files;
}

}  // namespace hilum::admin
