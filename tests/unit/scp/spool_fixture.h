#pragma once

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "scp/spool.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

namespace fs = std::filesystem;
using scp::IncomingInstance;
using scp::Spool;

inline constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* kExplicit = "1.2.840.10008.1.2.1";

inline std::string element(std::uint16_t group, std::uint16_t number, std::string_view vr,
                           std::string value) {
  if (value.size() % 2 != 0) value.push_back(vr == "UI" ? '\0' : ' ');
  std::string out;
  for (const std::uint16_t part : {group, number}) {
    out.push_back(static_cast<char>(part & 0xFF));
    out.push_back(static_cast<char>(part >> 8));
  }
  out += vr;
  out.push_back(static_cast<char>(value.size()));
  out.push_back('\0');
  return out + value;
}

/// A data set in Explicit VR Little Endian with the elements that the spool reads.
inline std::string data_set(const std::string& sop, const std::string& extra = "") {
  return element(0x0008, 0x0016, "UI", kCt) + element(0x0008, 0x0018, "UI", sop) +
         element(0x0020, 0x000D, "UI", "1.2.3") + element(0x0020, 0x000E, "UI", "1.2.3.4") +
         element(0x0020, 0x1209, "IS", "42") + element(0x0028, 0x4000, "LT", extra);
}

inline IncomingInstance incoming(const std::string& sop, const char* syntax = kExplicit) {
  return {*SopClassUid::parse(kCt), *SopInstanceUid::parse(sop), *TransferSyntaxUid::parse(syntax),
          "SENDER"};
}

struct SpoolInDir {
  explicit SpoolInDir(Spool::Options options = {}) {
    spdlog::set_level(spdlog::level::off);
    options.root = dir.path();
    options.keep_free_bytes = 0;
    spool = std::move(*Spool::open(options));
  }
  Result<Spool::Stored> store(const std::string& sop, const std::string& bytes,
                              const char* syntax = kExplicit, const VirtualNode& node = {}) {
    auto announced = incoming(sop, syntax);
    announced.node = node;
    auto part = spool->begin(std::move(announced));
    REQUIRE(part.has_value());
    REQUIRE(part->append(std::as_bytes(std::span(bytes))).has_value());
    return spool->commit(std::move(*part));
  }
  [[nodiscard]] std::size_t files_in(const char* directory) const {
    const fs::recursive_directory_iterator all(dir / directory);
    return static_cast<std::size_t>(std::count_if(
        begin(all), end(all), [](const auto& entry) { return entry.is_regular_file(); }));
  }
  void reopen() {
    spool.reset();
    spool = std::move(*Spool::open({.root = dir.path(), .keep_free_bytes = 0}));
  }

  TempDir dir;
  std::unique_ptr<Spool> spool;
};

inline std::vector<ReceivedInstance> scan(const Spool& spool, const Spool::Known& known) {
  std::vector<ReceivedInstance> found;
  const auto scanned = spool.scan(known, [&](ReceivedInstance instance) {
    found.push_back(std::move(instance));
    return ok();
  });
  REQUIRE(scanned.has_value());
  return found;
}

inline const Spool::Known kNothingKnown = [](const SeriesKey&, const SopInstanceUid&) {
  return false;
};

}  // namespace hilum::test
