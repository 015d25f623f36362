#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/support/orthanc.h"
#include "tests/support/temp_dir.h"

/// A marked CT on its way: written, sent, and looked for in the PACS. Failures are REQUIREd.
namespace hilum::test {

struct SentCt {
  MarkedCt ct;
  std::string study;
  std::filesystem::path directory;
  std::vector<std::filesystem::path> files;
};

/// Writes a marked CT with UIDs of its own below `dir`.
SentCt write_marked_ct(const Placement& placement, const std::string& seed, const TempDir& dir);

/// Runs a program to its end, which must be a success.
void run_tool(std::vector<std::string> argv);
void storescu(const std::string& aet, const std::string& aec, std::uint16_t port,
              const std::filesystem::path& directory);

/// The SEG marks the very voxels that are marked in the CT.
void check_seg(const std::filesystem::path& file, const SentCt& sent);
/// There is one SEG in the PACS, and it is right.
void check_delivered(const Orthanc& pacs, const SentCt& sent, NodeFixture& node,
                     const TempDir& dir);

}  // namespace hilum::test
