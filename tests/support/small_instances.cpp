#include "tests/support/small_instances.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "db/job_store.h"
#include "scp/file_meta.h"
#include "scp/stored_file.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";

void add(std::string& out, std::uint16_t group, std::uint16_t element, std::string_view vr,
         std::string value) {
  if (value.size() % 2 != 0) value.push_back(vr == "UI" ? '\0' : ' ');
  const auto number = [&](std::size_t n, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(n >> (8 * i) & 0xFF));
  };
  number(group, 2);
  number(element, 2);
  out += vr;
  const bool is_long = vr == "OB";
  number(is_long ? 0 : value.size(), 2);
  if (is_long) number(value.size(), 4);
  out += value;
}

std::string data_set(const std::string& sop, int number, std::size_t bytes) {
  std::string out;
  add(out, 0x0008, 0x0016, "UI", kSecondaryCapture);
  add(out, 0x0008, 0x0018, "UI", sop);
  add(out, 0x0008, 0x0060, "CS", "OT");
  add(out, 0x0020, 0x000D, "UI", "1.2.3.4");
  add(out, 0x0020, 0x000E, "UI", "1.2.3.4.5");
  std::string content(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) {
    content[i] = static_cast<char>((i * 2654435761U + static_cast<unsigned>(number) * 40503U) >> 7);
  }
  add(out, 0x0042, 0x0011, "OB", content);  // Encapsulated Document: no pixel data to be wrong
  return out;
}

}  // namespace

SmallInstances::SmallInstances(const fs::path& dir, int count, std::size_t bytes, int set,
                               int content) {
  fs::create_directories(dir);
  for (int i = 0; i < count; ++i) {
    const std::string sop = fmt::format("1.2.3.4.5.{}.{}", set, i + 1);
    const scp::IncomingInstance meta{*SopClassUid::parse(kSecondaryCapture),
                                     *SopInstanceUid::parse(sop),
                                     *TransferSyntaxUid::parse(kExplicit),
                                     {}};
    files.push_back(dir / fmt::format("{:05}.dcm", i));
    write_file(files.back(), scp::encode_file_meta(meta) + data_set(sop, i + content, bytes));
  }
}

Digests on_disk(const fs::path& storage) {
  Digests found;
  for (const auto& entry : fs::recursive_directory_iterator(storage / "spool" / "instances")) {
    if (!entry.is_regular_file()) continue;
    const auto instance = scp::read_received_instance(entry.path());
    if (!instance) throw std::runtime_error(entry.path().string() + " is not a whole instance");
    if (!found.emplace(instance->sop.str(), instance->sha256).second) {
      throw std::runtime_error(instance->sop.str() + " is there twice");
    }
  }
  return found;
}

Digests in_database(const fs::path& storage) {
  auto store = db::SqliteJobStore::open(storage / "hilum.db");
  if (!store) throw std::runtime_error(store.error().message);
  const auto series = (*store)->series(std::numeric_limits<int>::max());
  if (!series) throw std::runtime_error(series.error().message);
  Digests found;
  for (const auto& s : *series) {
    const auto instances = (*store)->instances_of(s.key);
    if (!instances) throw std::runtime_error(instances.error().message);
    for (const auto& i : *instances) {
      if (!found.emplace(i.sop.str(), i.sha256).second) {
        throw std::runtime_error(i.sop.str() + " has two rows");
      }
    }
  }
  return found;
}

Digests of_files(const std::vector<fs::path>& files) {
  Digests found;
  for (const auto& file : files) {
    const auto instance = scp::read_received_instance(file);
    if (!instance) throw std::runtime_error(instance.error().message);
    found.emplace(instance->sop.str(), instance->sha256);
  }
  return found;
}

std::set<std::string> lost(const Digests& wanted, const Digests& there) {
  std::set<std::string> missing;
  for (const auto& [sop, digest] : wanted) {
    const auto found = there.find(sop);
    if (found == there.end() || found->second != digest) missing.insert(sop);
  }
  return missing;
}

}  // namespace hilum::test
