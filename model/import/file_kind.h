#pragma once

#include <filesystem>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// What a weight file is, told by its content and never by its name.
enum class FileKind {
  kTorchCheckpoint,  ///< zip made by torch.save: data.pkl and data/N
  kTorchScript,      ///< zip made by torch.jit.save: also code/ and constants.pkl
  kSafetensors,
  kLegacyTorch,  ///< torch.save before PyTorch 1.6, or with _use_new_zipfile_serialization=False
  kOther,
};

/// For messages: "a PyTorch checkpoint (torch.save)".
std::string_view describe(FileKind kind);

/// Looks at the first bytes, and at the entries when it is a zip. kNotFound when there is no such
/// file, otherwise the errors of ZipArchive::open.
Result<FileKind> file_kind(const std::filesystem::path& file);

/// kUnsupported for a file of kind `kind` where `wanted` is asked for (a completion of "expected"),
/// with what to do about it.
Error wrong_kind(const std::filesystem::path& file, FileKind kind, std::string_view wanted);

}  // namespace hilum::model
