#pragma once

#include <span>
#include <string_view>

#include "db/sqlite.h"

namespace hilum::db {

/// One step of the schema, from version `version - 1` to `version`.
struct Migration {
  int version;
  std::string_view sql;
};

/// The steps in `db/migrations/`, in order, 1, 2, 3...; compiled into the program. A published step
/// is never changed: a new one is added.
std::span<const Migration> migrations();

/// Brings the database to the newest of `steps`, each step in its own durable transaction, so that
/// a crash in between leaves a valid older version. Several processes may do this at once. Foreign
/// keys are not enforced within a step, but must hold at its end.
///
/// kUnsupported when the database is newer than the program, or belongs to another program.
Status migrate(Connection& connection, std::span<const Migration> steps = migrations());

}  // namespace hilum::db
