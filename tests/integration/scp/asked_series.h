#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "scp/query_scu.h"
#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/server_fixture.h"

/// A series that a PACS has and a node is missing.
namespace hilum::test {

inline constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr int kInstances = 70;  // three batches
inline const SeriesKey kSeries{*StudyUid::parse("1.2.3.4"), *SeriesUid::parse("1.2.3.4.5")};

inline std::string sop(int number) { return fmt::format("1.2.3.4.5.{}", number); }
inline std::vector<SopInstanceUid> sops(int first, int last) {
  std::vector<SopInstanceUid> list;
  for (int n = first; n <= last; ++n) list.push_back(*SopInstanceUid::parse(sop(n)));
  return list;
}

inline scp::QueryScu::Options quick_options() {
  using std::chrono_literals::operator""s;
  return {.scu = {.ae_title = ae("HILUM"),
                  .connect_timeout = 2s,
                  .association_timeout = 2s,
                  .response_timeout = 2s},
          .classes = {kCt}};
}

/// Writes the series as small images and sends it to a PACS, `options` to storescu.
inline void fill(const char* pacs, std::uint16_t port,
                 const std::vector<std::string>& options = {}) {
  const TempDir dir;
  for (int n = 1; n <= kInstances; ++n) {
    write_ct(dir / fmt::format("{}.dcm", n), {.sop = sop(n), .seed = static_cast<Uint16>(n)});
  }
  write_ct(dir / "other.dcm", {.series = "1.2.3.4.6", .sop = "1.2.3.4.6.1"});
  std::vector<std::string> argv{"storescu", "-aet", "SENDER", "-aec", pacs, "+sd"};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {"127.0.0.1", fmt::to_string(port), dir.path().string()});
  std::string output;
  const int status = run(argv, &output);
  REQUIRE_MESSAGE(status == 0, output);
}

/// A node that may be sent to by the PACS, on a known port.
struct AskingNode : ServerFixture {
  AskingNode(std::uint16_t port, const char* pacs) : ServerFixture(options(port, pacs)) {}
  static scp::ServerOptions options(std::uint16_t port, const char* pacs) {
    auto options = default_options();
    options.port = port;
    options.peers = {{"pacs", ae(pacs), "127.0.0.1", 0, true}};
    return options;
  }
};

inline void check_all_stored(const ServerFixture& node, int first, int last,
                             const SeriesKey& series = kSeries) {
  std::set<std::string> stored;
  for (const auto& instance : node.sink.instances()) {
    CHECK(instance.series == series);
    CHECK(std::filesystem::exists(node.spool->root() / instance.file));
    stored.insert(instance.sop.str());
  }
  CHECK(node.sink.instances().size() == static_cast<std::size_t>(last - first + 1));
  for (int n = first; n <= last; ++n) CHECK(stored.contains(sop(n)));
}

}  // namespace hilum::test
