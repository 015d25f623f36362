#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/scheduler.h"
#include "tests/support/eventually.h"
#include "tests/unit/pipeline/fake_peers.h"
#include "tests/unit/pipeline/processing_fixture.h"
#include "tests/unit/pipeline/store_wrapper.h"

namespace hilum::test {

using namespace hilum::pipeline;
using namespace std::chrono_literals;

using Sent = FakeSender::Sent;

inline Peer peer(const std::string& name) {
  return {.name = name, .ae_title = *AeTitle::parse("PACS"), .host = "localhost", .port = 104};
}

/// The fixture's clock stands still: no lease runs out and nothing becomes due by itself.
struct SchedulerFixture : ProcessingFixture {
  FakeSender sender;
  Scheduler::Options options{.node = "node",
                             .lease = 30ms,
                             .poll = 5ms,
                             .retry = {.first = 30s, .longest = 600s, .give_up_after = 48h}};
  std::vector<Peer> destinations{peer("pacs")};
  Routes virtual_routes;
  std::unique_ptr<JobStore> wrapper;  // of the store, if there is one; outlives the scheduler
  std::unique_ptr<Scheduler> scheduler;

  void start(JobStore& on) {
    Routes routes{{VirtualNode(), {tools, sender, destinations}}};
    for (auto& [node, more] : virtual_routes) routes.emplace(node, more);
    scheduler = std::make_unique<Scheduler>(on, std::move(routes), clock, folders, options);
    const Status started = scheduler->start();
    REQUIRE_MESSAGE(started, started.error().message);
  }
  void start() { start(*store); }
  template <class Wrapper>
  void start_on() {
    wrapper = std::make_unique<Wrapper>(*store);
    start(*wrapper);
  }
  [[nodiscard]] bool reaches(JobId id, JobState wanted) {
    return eventually([&] { return state(id) == wanted; });
  }
  [[nodiscard]] bool segmenting(int jobs = 1) {
    return eventually([&] { return segmenter.inside() == jobs; });
  }
  [[nodiscard]] std::string message(JobId id) { return store->job(id)->message; }
  [[nodiscard]] std::string result_sop(JobId id) {
    return store->results_of(id)->at(0).objects.at(0).sop.str();
  }
  [[nodiscard]] Delivery delivery(JobId id) { return store->deliveries_of(id)->at(0); }
  /// A job in the hands of its worker, while the segmenter holds it.
  JobId held_job() {
    segmenter.hold();
    const JobId id = queued_job(1);
    start();
    REQUIRE(segmenting());
    return id;
  }
};

}  // namespace hilum::test
