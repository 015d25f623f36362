#include "model/import/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "model/import/zip_archive.h"

namespace hilum::model {
namespace {

constexpr std::string_view kZipMagic = "PK\x03\x04";
/// Protocol 2 and the magic number 0x1950a86a20f9469cfc6c as LONG1 (torch/serialization.py).
constexpr std::string_view kLegacyMagic =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::size_t kSafetensorsLengthBytes = 8;

Result<std::string> first_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, fmt::format("cannot open {}", file.string())};
  std::string head(16, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

Result<FileKind> zip_kind(const std::filesystem::path& file) {
  auto archive = ZipArchive::open(file);
  if (!archive) return std::move(archive).error();
  const auto has = [&](std::string_view part) {
    return std::ranges::any_of(archive->entries(), [&](const auto& entry) {
      return entry.first.find(part) != std::string::npos;
    });
  };
  if (has("/code/") || has("/constants.pkl")) return FileKind::kTorchScript;
  return has("/data.pkl") ? FileKind::kTorchCheckpoint : FileKind::kOther;
}

std::string_view advice(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchCheckpoint:
      return "give it with --lacaf when it holds the network's state dict, or with --embeddings";
    case FileKind::kTorchScript:
    case FileKind::kSafetensors:
      return "CLIP's weights are given with --clip; LA-CAF's must be saved with torch.save";
    case FileKind::kLegacyTorch:
      return "load it in PyTorch 1.6 or later, where you trust it, and save it again with "
             "torch.save";
    case FileKind::kOther:
      break;
  }
  return "is it complete, and the right file?";
}

}  // namespace

std::string_view describe(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchCheckpoint:
      return "a PyTorch checkpoint (torch.save)";
    case FileKind::kTorchScript:
      return "a TorchScript archive (torch.jit.save)";
    case FileKind::kSafetensors:
      return "a safetensors file";
    case FileKind::kLegacyTorch:
      return "a PyTorch checkpoint in the format before PyTorch 1.6";
    case FileKind::kOther:
      break;
  }
  return "neither a PyTorch, TorchScript nor safetensors file";
}

Result<FileKind> file_kind(const std::filesystem::path& file) {
  auto head = first_bytes(file);
  if (!head) return std::move(head).error();
  if (head->starts_with(kZipMagic)) return zip_kind(file);
  if (head->starts_with(kLegacyMagic)) return FileKind::kLegacyTorch;
  if (head->size() > kSafetensorsLengthBytes && (*head)[kSafetensorsLengthBytes] == '{') {
    return FileKind::kSafetensors;
  }
  return FileKind::kOther;
}

Error wrong_kind(const std::filesystem::path& file, FileKind kind, std::string_view wanted) {
  return {ErrorCode::kUnsupported, fmt::format("{} is {}, but {} is expected: {}", file.string(),
                                               describe(kind), wanted, advice(kind))};
}

}  // namespace hilum::model
