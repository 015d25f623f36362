#include "model/import/zip_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <new>
#include <set>
#include <utility>

#include "model/import/printable.h"

namespace hilum::model {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using ArchivePtr = std::unique_ptr<zip_t, CloseArchive>;
using EntryPtr = std::unique_ptr<zip_file_t, CloseEntry>;

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

Result<ArchivePtr> open_archive(const std::filesystem::path& file) {
  int code = 0;
  ArchivePtr archive(zip_open(file.c_str(), ZIP_RDONLY, &code));
  if (archive != nullptr) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  auto message = fmt::format("cannot open {} as a zip archive: {}; is the file complete?",
                             file.string(), zip_error_strerror(&error));
  zip_error_fini(&error);
  return Error{code == ZIP_ER_NOENT ? ErrorCode::kNotFound : ErrorCode::kInvalidInput,
               std::move(message)};
}

struct Description {
  std::string name;
  std::uint64_t bytes = 0;         ///< when read
  std::uint64_t stored_bytes = 0;  ///< in the file
  bool compressed = false;
};

Result<Description> describe(zip_t* archive, zip_uint64_t index) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                   ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded) {
    return invalid(fmt::format("the description of entry {} is damaged", index));
  }
  if (stat.encryption_method != ZIP_EM_NONE) {
    return invalid(fmt::format("entry '{}' is encrypted", printable(stat.name)));
  }
  const bool compressed = stat.comp_method != ZIP_CM_STORE;
  return Description{.name = stat.name,
                     .bytes = stat.size,
                     .stored_bytes = compressed ? stat.comp_size : stat.size,
                     .compressed = compressed};
}

/// Subtracts, unless there is not enough.
bool take(std::uint64_t& room, std::uint64_t bytes) {
  if (bytes > room) return false;
  room -= bytes;
  return true;
}

struct Entries {
  std::map<std::string, std::uint64_t> sizes;
  std::set<std::string> compressed;
};

Result<Entries> list_entries(zip_t* archive, std::uint64_t file_bytes) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count < 0 || count > ZipArchive::kMaxEntries) {
    return invalid(fmt::format("it has {} entries, more than the {} that are read", count,
                               ZipArchive::kMaxEntries));
  }
  Entries entries;
  std::uint64_t room = file_bytes;
  std::uint64_t compressed_room = ZipArchive::kMaxCompressedBytes;
  for (zip_int64_t i = 0; i < count; ++i) {
    auto entry = describe(archive, static_cast<zip_uint64_t>(i));
    if (!entry) return std::move(entry).error();
    if (!take(room, entry->stored_bytes)) {
      return invalid(fmt::format("its entries claim more bytes than its {} (at entry '{}')",
                                 file_bytes, printable(entry->name)));
    }
    if (entry->compressed && !take(compressed_room, entry->bytes)) {
      return invalid(fmt::format("its compressed entries claim more than {} bytes (at entry '{}')",
                                 ZipArchive::kMaxCompressedBytes, printable(entry->name)));
    }
    if (!entries.sizes.emplace(entry->name, entry->bytes).second) {
      return invalid(fmt::format("it has two entries of the name '{}'", printable(entry->name)));
    }
    if (entry->compressed) entries.compressed.insert(entry->name);
  }
  return entries;
}

}  // namespace

struct ZipArchive::State {
  ArchivePtr archive;
  Entries entries;
};

ZipArchive::ZipArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(const std::filesystem::path& file) try {
  std::error_code failure;
  const auto file_bytes = std::filesystem::file_size(file, failure);
  if (failure) return Error{ErrorCode::kNotFound, fmt::format("cannot open {}", file.string())};
  auto archive = open_archive(file);
  if (!archive) return std::move(archive).error();
  auto entries = list_entries(archive->get(), file_bytes);
  if (!entries) return std::move(entries).error().in(fmt::format("cannot use {}", file.string()));
  return ZipArchive(std::make_unique<State>(*std::move(archive), *std::move(entries)));
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace, fmt::format("not enough memory to open {}", file.string())};
}

const std::map<std::string, std::uint64_t>& ZipArchive::entries() const {
  return state_->entries.sizes;
}

Result<std::vector<std::byte>> ZipArchive::read(const std::string& name) try {
  const auto found = state_->entries.sizes.find(name);
  if (found == state_->entries.sizes.end()) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no entry '{}'", printable(name))};
  }
  if (state_->entries.compressed.contains(name)) {
    return invalid(fmt::format(
        "entry '{}' is compressed, which torch.save never does: save the file again with it",
        printable(name)));
  }
  const auto failed = [&](const char* why) {
    return invalid(
        fmt::format("entry '{}' cannot be read: {}; copy the file again from where it "
                    "came",
                    printable(name), why));
  };
  const EntryPtr entry(zip_fopen(state_->archive.get(), name.c_str(), 0));
  if (entry == nullptr) return failed(zip_strerror(state_->archive.get()));
  std::vector<std::byte> content(static_cast<std::size_t>(found->second));
  std::size_t done = 0;
  while (done < content.size()) {
    const zip_int64_t got = zip_fread(entry.get(), content.data() + done, content.size() - done);
    if (got < 0) return failed(zip_file_strerror(entry.get()));
    if (got == 0) return failed("it is shorter than announced");
    done += static_cast<std::size_t>(got);
  }
  // The checksum is compared when the end is met.
  std::byte beyond{};
  if (zip_fread(entry.get(), &beyond, 1) < 0) return failed(zip_file_strerror(entry.get()));
  return content;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace,
               fmt::format("not enough memory to read entry '{}'", printable(name))};
}

}  // namespace hilum::model
