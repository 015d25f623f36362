#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Which presentation contexts this node accepts: pure decisions. CONFORMANCE.md lists both tables
/// and a test compares.
namespace hilum::scp {

inline constexpr std::string_view kVerificationSopClass = "1.2.840.10008.1.1";

struct NamedUid {
  std::string_view uid;
  std::string_view name;
};
/// Transfer syntaxes in which instances are stored, the preferred one first: plain before
/// compressed, lossless before lossy. Those that DCMTK 3.6.7 can receive.
std::span<const NamedUid> storage_transfer_syntaxes();

/// The storage classes that are known by name (those of DCMTK 3.6.7).
std::span<const char* const> named_storage_classes();
/// A class of objects with patient data that a PACS may send along with a study.
bool is_storage_class(std::string_view sop_class);

struct ContextAnswer {
  enum class Kind { kAccepted, kAbstractSyntaxNotSupported, kTransferSyntaxesNotSupported };
  Kind kind;
  std::string transfer_syntax;  ///< of an accepted one
};
/// The answer to one proposed presentation context (PS3.8 9.3.3.2).
ContextAnswer answer_context(std::string_view abstract_syntax,
                             std::span<const std::string> transfer_syntaxes);

}  // namespace hilum::scp
