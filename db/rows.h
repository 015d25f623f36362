#pragma once

#include <string_view>

#include "db/sqlite.h"
#include "pipeline/domain/job.h"
#include "pipeline/domain/series.h"

/// Rows of the tables as domain values. Each column list belongs to the function after it, which
/// reads the columns from 0 on. A value that the domain types refuse means that somebody has
/// changed the database by hand: kInternal.
namespace hilum::db {

/// Columns of `series`, starting at `first`.
inline constexpr std::string_view kKeyColumns = "s.study, s.series, s.node";
Result<SeriesKey> key_from(const Statement::Use& row, int first);

inline constexpr std::string_view kInstanceColumns =
    "i.sop, i.sop_class, i.transfer_syntax, i.calling_ae, i.file, i.size_bytes, i.sha256, "
    "i.received_at, i.expected_in_series";
Result<ReceivedInstance> instance_from(const Statement::Use& row, const SeriesKey& key);

/// Of `jobs j` joined with `series s`.
inline constexpr std::string_view kJobColumns =
    "s.study, s.series, s.node, j.id, j.instances_digest, j.state, j.attempt, j.progress, "
    "j.created_at, j.updated_at, j.not_before, j.message, j.note, j.files_freed_at";
Result<Job> job_from(const Statement::Use& row);

/// Of `deliveries d`. Its files are rows of their own.
inline constexpr std::string_view kDeliveryColumns =
    "d.id, d.job_id, d.destination, d.state, d.attempt, d.created_at, d.not_before, d.message, "
    "d.profile";
Result<Delivery> delivery_from(const Statement::Use& row);

/// Of `result_objects`.
inline constexpr std::string_view kObjectColumns = "kind, series, sop, file";
Result<ResultObject> object_from(const Statement::Use& row);

}  // namespace hilum::db
