#include "model/import/zip_archive.h"

namespace hilum::model {

struct ZipArchive::State {
  std::map<std::string, std::uint64_t> entries;
};

ZipArchive::ZipArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(const std::filesystem::path& file) {
  return Error{ErrorCode::kUnsupported,
               "cannot read " + file.string() +
                   ": this program was built without libzip, which PyTorch's files need"};
}

const std::map<std::string, std::uint64_t>& ZipArchive::entries() const { return state_->entries; }

Result<std::vector<std::byte>> ZipArchive::read(const std::string& name) {
  return Error{ErrorCode::kUnsupported, "cannot read entry " + name + " without libzip"};
}

}  // namespace hilum::model
