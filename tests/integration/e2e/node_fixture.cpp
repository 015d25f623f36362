#include "tests/integration/e2e/node_fixture.h"

#include <stdexcept>
#include <utility>

namespace hilum::test {

NodeFixture::NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port,
                         std::uint16_t port)
    : NodeFixture(pacs_ae_title, pacs_port, port, Completeness{}) {}

NodeFixture::NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port,
                         std::uint16_t port, const Completeness& completeness) {
  config::Config config;
  config.node.bind = "127.0.0.1";
  config.node.port = port;
  config.storage.directory = dir_ / "storage";
  config.storage.min_free_gib = 0;
  config.peers = {
      Peer{.name = "pacs",
           .ae_title = *AeTitle::parse(pacs_ae_title),
           .host = "127.0.0.1",
           .port = pacs_port,
           .query = completeness.query},
      Peer{.name = "sender", .ae_title = *AeTitle::parse(kSender), .host = "127.0.0.1"},
  };
  config.series.quiet_period = std::chrono::seconds(1);
  config.series.complete_wait = completeness.wait;
  config.series.incomplete = completeness.incomplete;
  config.results.retry_first = std::chrono::seconds(1);
  auto node = admin::Node::start(config, std::make_unique<MarkerSegmenter>());
  if (!node) throw std::runtime_error("the node does not start: " + node.error().message);
  node_ = *std::move(node);
}

}  // namespace hilum::test
