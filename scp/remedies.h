#pragma once

#include <string_view>

#include "pipeline/domain/result.h"
#include "scp/socket.h"

/// What an administrator can change when something did not work, for log lines (`remedy="..."`).
/// Pure.
namespace hilum::scp {

/// A connection ended before there was an association.
std::string_view remedy_without_request(Ending ending);
/// An association ended other than by release or abort. `kOpen`: we ended it, because of what came.
std::string_view remedy_of_broken(Ending ending);
/// An instance was not stored.
std::string_view remedy_of_failed_store(ErrorCode code);
/// A command came that this node does not serve.
std::string_view remedy_of_refused_command(bool is_store);

}  // namespace hilum::scp
