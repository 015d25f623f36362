#include "tests/integration/e2e/node_fixture.h"

#include <stdexcept>
#include <utility>

namespace hilum::test {

NodeFixture::NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port,
                         std::uint16_t port)
    : NodeFixture(pacs_ae_title, pacs_port, port, Change()) {}

NodeFixture::NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port,
                         std::uint16_t port, const Completeness& completeness)
    : NodeFixture(pacs_ae_title, pacs_port, port, [completeness](config::Config& config) {
        config.peers.front().query = completeness.query;
        config.series.complete_wait = completeness.wait;
        config.series.incomplete = completeness.incomplete;
      }) {}

NodeFixture::NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port,
                         std::uint16_t port, Change change)
    : change_(std::move(change)) {
  config_.node.bind = "127.0.0.1";
  config_.node.port = port;
  config_.storage.directory = storage();
  config_.storage.min_free_gib = 0;
  config_.peers = {
      Peer{.name = "pacs",
           .ae_title = *AeTitle::parse(pacs_ae_title),
           .host = "127.0.0.1",
           .port = pacs_port},
      Peer{.name = "sender", .ae_title = *AeTitle::parse(kSender), .host = "127.0.0.1"},
  };
  config_.series.quiet_period = std::chrono::seconds(1);
  config_.results.retry_first = std::chrono::seconds(1);
  start();
}

void NodeFixture::start(const Change& change) {
  config::Config config = config_;
  if (change) change(config);
  auto node = admin::Node::start(config, marker_model());
  if (!node) throw std::runtime_error("the node does not start: " + node.error().message);
  node_ = *std::move(node);
}

}  // namespace hilum::test
