#include "scp/presentation_contexts.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <array>

namespace hilum::scp {
namespace {

constexpr auto kTransferSyntaxes = std::to_array<NamedUid>({
    {"1.2.840.10008.1.2.1", "Explicit VR Little Endian"},
    {"1.2.840.10008.1.2", "Implicit VR Little Endian"},
    {"1.2.840.10008.1.2.2", "Explicit VR Big Endian (retired)"},
    {"1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian"},
    {"1.2.840.10008.1.2.5", "RLE Lossless"},
    {"1.2.840.10008.1.2.4.70", "JPEG Lossless, first-order prediction (process 14 SV1)"},
    {"1.2.840.10008.1.2.4.57", "JPEG Lossless (process 14)"},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless only"},
    {"1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 multi-component, lossless only"},
    {"1.2.840.10008.1.2.4.65", "JPEG process 28 (lossless, retired)"},
    {"1.2.840.10008.1.2.4.66", "JPEG process 29 (lossless, retired)"},
    {"1.2.840.10008.1.2.4.58", "JPEG process 15 (lossless, retired)"},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless"},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000"},
    {"1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 multi-component"},
    {"1.2.840.10008.1.2.4.50", "JPEG Baseline (process 1)"},
    {"1.2.840.10008.1.2.4.51", "JPEG Extended (processes 2 and 4)"},
    {"1.2.840.10008.1.2.4.52", "JPEG processes 3 and 5 (retired)"},
    {"1.2.840.10008.1.2.4.53", "JPEG processes 6 and 8 (retired)"},
    {"1.2.840.10008.1.2.4.54", "JPEG processes 7 and 9 (retired)"},
    {"1.2.840.10008.1.2.4.55", "JPEG processes 10 and 12 (retired)"},
    {"1.2.840.10008.1.2.4.56", "JPEG processes 11 and 13 (retired)"},
    {"1.2.840.10008.1.2.4.59", "JPEG processes 16 and 18 (retired)"},
    {"1.2.840.10008.1.2.4.60", "JPEG processes 17 and 19 (retired)"},
    {"1.2.840.10008.1.2.4.61", "JPEG processes 20 and 22 (retired)"},
    {"1.2.840.10008.1.2.4.62", "JPEG processes 21 and 23 (retired)"},
    {"1.2.840.10008.1.2.4.63", "JPEG processes 24 and 26 (retired)"},
    {"1.2.840.10008.1.2.4.64", "JPEG processes 25 and 27 (retired)"},
    {"1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"},
    {"1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level"},
    {"1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"},
    {"1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"},
    {"1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D video"},
    {"1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D video"},
    {"1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"},
    {"1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1"},
    {"1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1"},
});

/// Verification carries no data set, so only the syntaxes that every system knows.
constexpr std::size_t kVerificationSyntaxes = 3;
/// Those in which our own code reads reports: Explicit and Implicit VR Little Endian.
constexpr std::size_t kReportSyntaxes = 2;

}  // namespace

std::span<const NamedUid> storage_transfer_syntaxes() { return kTransferSyntaxes; }

std::span<const char* const> named_storage_classes() {
  return {dcmAllStorageSOPClassUIDs, static_cast<std::size_t>(numberOfDcmAllStorageSOPClassUIDs)};
}

bool is_storage_class(std::string_view sop_class) {
  // The standard registers the storage classes of patient data here, future ones too (PS3.6 A).
  constexpr std::string_view kStorageRoot = "1.2.840.10008.5.1.4.1.1.";
  if (sop_class.size() > kStorageRoot.size() && sop_class.starts_with(kStorageRoot)) return true;
  return std::ranges::any_of(named_storage_classes(),
                             [&](const char* uid) { return sop_class == uid; });
}

ContextAnswer answer_context(std::string_view abstract_syntax,
                             std::span<const std::string> transfer_syntaxes,
                             const SyntaxFilter& of_use) {
  std::span<const NamedUid> candidates = kTransferSyntaxes;
  if (abstract_syntax == kVerificationSopClass) {
    candidates = candidates.first(kVerificationSyntaxes);
  } else if (!is_storage_class(abstract_syntax)) {
    return {ContextAnswer::Kind::kAbstractSyntaxNotSupported};
  }
  for (const auto& candidate : candidates) {
    if (std::ranges::find(transfer_syntaxes, candidate.uid) == transfer_syntaxes.end()) continue;
    if (!of_use || of_use(abstract_syntax, candidate.uid)) {
      return {ContextAnswer::Kind::kAccepted, std::string(candidate.uid)};
    }
  }
  return {ContextAnswer::Kind::kTransferSyntaxesNotSupported};
}

ContextAnswer answer_commitment_context(std::span<const std::string> transfer_syntaxes,
                                        RequestorRole proposed) {
  if (proposed == RequestorRole::kScu) return {ContextAnswer::Kind::kAbstractSyntaxNotSupported};
  const auto role =
      proposed == RequestorRole::kDefault ? RequestorRole::kDefault : RequestorRole::kScp;
  for (const auto& candidate :
       std::span<const NamedUid>(kTransferSyntaxes).first(kReportSyntaxes)) {
    if (std::ranges::find(transfer_syntaxes, candidate.uid) != transfer_syntaxes.end()) {
      return {ContextAnswer::Kind::kAccepted, std::string(candidate.uid), role};
    }
  }
  return {ContextAnswer::Kind::kTransferSyntaxesNotSupported};
}

}  // namespace hilum::scp
