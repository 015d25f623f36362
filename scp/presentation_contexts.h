#pragma once

#include <functional>
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

/// Of the requestor, by SCP/SCU role selection (PS3.7 D.3.3.4); kDefault: nothing is selected, it
/// is the SCU.
enum class RequestorRole { kDefault, kScu, kScp, kBoth };

struct ContextAnswer {
  enum class Kind { kAccepted, kAbstractSyntaxNotSupported, kTransferSyntaxesNotSupported };
  Kind kind;
  std::string transfer_syntax{};                 ///< of an accepted one
  RequestorRole role = RequestorRole::kDefault;  ///< likewise
};
/// Whether instances of a storage class are of use in a transfer syntax. What they could not be
/// used in is not accepted, so that the sender takes another syntax, or says that there is none.
using SyntaxFilter =
    std::function<bool(std::string_view sop_class, std::string_view transfer_syntax)>;

/// The answer to one proposed presentation context (PS3.8 9.3.3.2). Without a filter all syntaxes
/// are of use.
ContextAnswer answer_context(std::string_view abstract_syntax,
                             std::span<const std::string> transfer_syntaxes,
                             const SyntaxFilter& of_use = {});

/// The answer to a proposed context of Storage Commitment by a caller whose reports are taken: it
/// is to be the SCP. One that selects no role is let in as well, for archives that report all the
/// same; one that wants to be nothing but the SCU is not: we do not commit to keep anything.
ContextAnswer answer_commitment_context(std::span<const std::string> transfer_syntaxes,
                                        RequestorRole proposed);

}  // namespace hilum::scp
