#pragma once

#include <filesystem>

#include "pipeline/domain/result.h"
#include "pipeline/domain/uid.h"

namespace hilum::scp {

/// What the meta header of a file says that it is (PS3.10 7.1).
struct FileIdentity {
  SopClassUid sop_class;
  SopInstanceUid sop;
  TransferSyntaxUid transfer_syntax;
};
Result<FileIdentity> identify(const std::filesystem::path& file);

}  // namespace hilum::scp
