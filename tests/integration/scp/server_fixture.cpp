#include "tests/integration/scp/server_fixture.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <stdexcept>

namespace hilum::test {

void RecordingSink::instance_stored(ReceivedInstance instance, std::uint64_t) {
  const std::scoped_lock lock(mutex_);
  instances_.push_back(std::move(instance));
}

void RecordingSink::association_closed(std::uint64_t association) {
  const std::scoped_lock lock(mutex_);
  closed_.push_back(association);
  changed_.notify_all();
}

std::vector<ReceivedInstance> RecordingSink::instances() const {
  const std::scoped_lock lock(mutex_);
  return instances_;
}

std::size_t RecordingSink::closed() const {
  const std::scoped_lock lock(mutex_);
  return closed_.size();
}

bool RecordingSink::wait_closed(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return closed_.size() >= count; });
}

scp::ServerOptions ServerFixture::default_options() {
  return {.bind_address = "127.0.0.1",
          .port = 0,
          .ae_title = ae("HILUM"),
          .peers = {{"sender", ae("SENDER"), "127.0.0.1", 0, true}},
          .request_timeout = std::chrono::seconds(5),
          .idle_timeout = std::chrono::seconds(5),
          .drain_timeout = std::chrono::seconds(5)};
}

ServerFixture::ServerFixture(scp::ServerOptions options, scp::Spool::Options spool_options) {
  if (std::getenv("HILUM_TEST_LOG") == nullptr) spdlog::set_level(spdlog::level::off);
  spool_options.root = dir / "spool";
  auto opened = scp::Spool::open(std::move(spool_options));
  if (!opened) throw std::runtime_error(opened.error().message);
  spool = std::move(*opened);
  auto started = scp::DicomServer::start(std::move(options), sink, *spool);
  if (!started) throw std::runtime_error(started.error().message);
  server = std::move(*started);
}

std::vector<std::string> ServerFixture::storescu(const std::vector<std::string>& options,
                                                 const std::vector<std::string>& files) const {
  std::vector<std::string> argv{"storescu", "-aet", "SENDER", "-aec", "HILUM"};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {"127.0.0.1", port()});
  argv.insert(argv.end(), files.begin(), files.end());
  return argv;
}

int run(std::vector<std::string> argv, std::string* output) {
  constexpr int kTookTooLong = 124;
  Process process(std::move(argv));
  const auto status = process.wait();
  if (output != nullptr) *output = process.output();
  return status.value_or(kTookTooLong);
}

}  // namespace hilum::test
