#include "tests/support/served_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "db/job_store.h"

namespace hilum::test {

using namespace std::chrono_literals;

ServedNode::ServedNode(const std::string& pacs_ae_title, std::uint16_t pacs_port,
                       const Model& model, const std::string& pacs_options)
    : port_(free_port()) {
  const auto bundle = dir_ / "model.safetensors";
  Process init({HILUM_PROGRAM, "model", "init", bundle.string(), "--width",
                fmt::to_string(model.width), "--overlap", fmt::to_string(model.overlap)});
  if (init.wait(30s) != 0) throw std::runtime_error(init.output());
  write_file(dir_ / "hilum.toml", fmt::format(R"([node]
ae_title = "{}"
name = "node"
bind = "127.0.0.1"
port = {}
[storage]
directory = "{}"
min_free_gib = 0
[[peer]]
name = "pacs"
ae_title = "{}"
host = "127.0.0.1"
port = {}
{}
[[peer]]
name = "sender"
ae_title = "{}"
host = "127.0.0.1"
[results]
destinations = ["pacs"]
retry_first_s = 1
[series]
quiet_period_s = 1
[model]
bundle = "{}"
)",
                                              kAeTitle, port_, storage().string(), pacs_ae_title,
                                              pacs_port, pacs_options, kSender, bundle.string()));
}

void ServedNode::start() {
  process_ = std::make_unique<Process>(
      std::vector<std::string>{HILUM_PROGRAM, "serve", "-c", (dir_ / "hilum.toml").string()});
  if (!wait_for_port(port_, 30s)) {
    throw std::runtime_error("hilum does not listen: " + process_->output());
  }
}

void ServedNode::kill() {
  process_->kill(SIGKILL);
  if (!process_->wait(10s)) throw std::runtime_error("hilum survives SIGKILL");
}

std::string ServedNode::jobs_json() const {
  Process list({HILUM_PROGRAM, "jobs", "list", "--json", "-c", (dir_ / "hilum.toml").string()});
  if (list.wait(30s) != 0) throw std::runtime_error(list.output());
  return list.output();
}

bool ServedNode::wait_for(const std::function<bool(JobStore&)>& condition,
                          std::chrono::milliseconds timeout) const {
  const auto holds = [&] {
    auto store = db::SqliteJobStore::open(storage() / "hilum.db");
    if (!store) throw std::runtime_error(store.error().message);
    return condition(**store);
  };
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

bool ServedNode::wait_for_job(const std::function<bool(const Job&)>& condition,
                              std::chrono::milliseconds timeout) const {
  return wait_for(
      [&](JobStore& store) {
        const auto jobs = store.jobs({}, 100);
        if (!jobs) throw std::runtime_error(jobs.error().message);
        return std::ranges::any_of(*jobs, condition);
      },
      timeout);
}

}  // namespace hilum::test
