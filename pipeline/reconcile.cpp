#include "pipeline/reconcile.h"

#include <utility>
#include <vector>

namespace hilum::pipeline {
namespace {

/// Instances per transaction: few fsyncs, little memory.
constexpr std::size_t kBatch = 500;

}  // namespace

Result<int> reconcile(const SpoolScan& scan, JobStore& store) {
  std::vector<ReceivedInstance> batch;
  int recorded = 0;
  const auto flush = [&]() -> Status {
    if (batch.empty()) return ok();
    auto added = store.add_instances(batch);
    if (!added) return std::move(added).error().in("record instances found in the spool");
    recorded += static_cast<int>(batch.size());
    batch.clear();
    return ok();
  };

  Status lookup = ok();
  const auto known = [&](const SeriesKey& key, const SopInstanceUid& sop) {
    auto answer = store.knows_instance(key, sop);
    if (!answer && lookup) lookup = std::move(answer).error();
    // After a failed look-up the scan's findings are dropped below; reading on would be in vain.
    return std::move(answer).value_or(true);
  };
  const auto take = [&](ReceivedInstance instance) -> Status {
    batch.push_back(std::move(instance));
    return batch.size() >= kBatch ? flush() : ok();
  };

  if (auto scanned = scan(known, take); !scanned) return std::move(scanned).error();
  if (!lookup) return std::move(lookup).error().in("compare the spool with the database");
  if (auto flushed = flush(); !flushed) return std::move(flushed).error();
  return recorded;
}

}  // namespace hilum::pipeline
