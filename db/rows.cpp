#include "db/rows.h"

#include <utility>

namespace hilum::db {
namespace {

/// What does not parse was written by somebody else than us.
Error foreign(Error error) {
  return Error{ErrorCode::kInternal, std::move(error.message)}.in("value in the database");
}

}  // namespace

Result<SeriesKey> key_from(const Statement::Use& row, int first) {
  auto study = StudyUid::parse(row.text(first));
  if (!study) return foreign(std::move(study).error());
  auto series = SeriesUid::parse(row.text(first + 1));
  if (!series) return foreign(std::move(series).error());
  auto node = VirtualNode::parse(row.text(first + 2));
  if (!node) return foreign(std::move(node).error());
  return SeriesKey{std::move(*study), std::move(*series), std::move(*node)};
}

Result<ReceivedInstance> instance_from(const Statement::Use& row, const SeriesKey& key) {
  auto sop = SopInstanceUid::parse(row.text(0));
  if (!sop) return foreign(std::move(sop).error());
  auto sop_class = SopClassUid::parse(row.text(1));
  if (!sop_class) return foreign(std::move(sop_class).error());
  auto syntax = TransferSyntaxUid::parse(row.text(2));
  if (!syntax) return foreign(std::move(syntax).error());
  return ReceivedInstance{.sop = std::move(*sop),
                          .sop_class = std::move(*sop_class),
                          .transfer_syntax = std::move(*syntax),
                          .series = key,
                          .calling_ae = row.text(3),
                          .file = row.text(4),
                          .size_bytes = static_cast<std::uint64_t>(row.integer(5)),
                          .sha256 = row.text(6),
                          .received_at = row.time(7),
                          .expected_in_series = row.maybe_int(8)};
}

Result<Job> job_from(const Statement::Use& row) {
  auto key = key_from(row, 0);
  if (!key) return std::move(key).error();
  auto state = job_state_from(row.text(5));
  if (!state) return foreign(std::move(state).error());
  return Job{.id = row.integer(3),
             .series = std::move(*key),
             .instances_digest = row.text(4),
             .state = *state,
             .attempt = static_cast<int>(row.integer(6)),
             .progress = row.real(7),
             .created_at = row.time(8),
             .updated_at = row.time(9),
             .not_before = row.maybe_time(10),
             .message = row.text(11),
             .note = row.text(12),
             .files_freed_at = row.maybe_time(13)};
}

Result<Delivery> delivery_from(const Statement::Use& row) {
  auto state = delivery_state_from(row.text(3));
  if (!state) return foreign(std::move(state).error());
  return Delivery{.id = row.integer(0),
                  .job = row.integer(1),
                  .destination = row.text(2),
                  .profile = row.text(8),
                  .state = *state,
                  .attempt = static_cast<int>(row.integer(4)),
                  .created_at = row.time(5),
                  .not_before = row.maybe_time(6),
                  .message = row.text(7),
                  .files = {}};
}

Result<ResultObject> object_from(const Statement::Use& row) {
  auto kind = result_kind_from(row.text(0));
  if (!kind) return foreign(std::move(kind).error());
  auto series = SeriesUid::parse(row.text(1));
  if (!series) return foreign(std::move(series).error());
  auto sop = SopInstanceUid::parse(row.text(2));
  if (!sop) return foreign(std::move(sop).error());
  return ResultObject{*kind, std::move(*series), std::move(*sop), row.text(3)};
}

}  // namespace hilum::db
