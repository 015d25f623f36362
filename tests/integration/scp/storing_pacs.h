#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pipeline/domain/peer.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/support/store_peer.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// DCMTK's storescp as a PACS called "PACS", with a folder of its own.
struct StoringPacs {
  explicit StoringPacs(std::vector<std::string> options)
      : storescp(dir.path(), titled(std::move(options))) {}
  [[nodiscard]] Peer peer(bool tls = false) const {
    return {.name = "pacs",
            .ae_title = ae("PACS"),
            .host = "127.0.0.1",
            .port = storescp.port,
            .tls = tls};
  }

  TempDir dir;
  StorePeer storescp;

 private:
  static std::vector<std::string> titled(std::vector<std::string> options) {
    options.insert(options.begin(), {"-aet", "PACS"});
    return options;
  }
};

}  // namespace hilum::test
