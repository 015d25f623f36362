#include "scp/refused_contexts.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

#include "scp/association_policy.h"

namespace hilum::scp {
namespace {

using Kind = ContextAnswer::Kind;
/// Classes that were never accepted, with all transfer syntaxes they were proposed in.
using Refused = std::map<std::string, std::set<std::string>>;

/// A UID and its name, for people.
std::string named(const std::string& uid) {
  const std::string shown = printable(uid);
  const char* name = dcmFindNameOfUID(shown.c_str(), nullptr);
  return name == nullptr ? shown : fmt::format("{} ({})", name, shown);
}

/// The first few, and how many there are besides.
template <class List, class Name>
std::string some_of(const List& list, const Name& name) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string> shown;
  for (auto it = list.begin(); it != list.end() && shown.size() < kMost; ++it) {
    shown.push_back(name(*it));
  }
  if (list.size() > kMost) shown.push_back(fmt::format("{} more", list.size() - kMost));
  return fmt::format("{}", fmt::join(shown, ", "));
}

Refused refused_for(std::span<const AnsweredContext> contexts, Kind kind) {
  Refused refused;
  for (const auto& context : contexts) {
    if (context.kind != kind) continue;
    refused[context.abstract_syntax].insert(context.transfer_syntaxes.begin(),
                                            context.transfer_syntaxes.end());
  }
  for (const auto& context : contexts) {
    if (context.kind == Kind::kAccepted) refused.erase(context.abstract_syntax);
  }
  return refused;
}

}  // namespace

std::string explain_refusals(std::span<const AnsweredContext> contexts) {
  std::vector<std::string> reasons;
  const auto unknown = refused_for(contexts, Kind::kAbstractSyntaxNotSupported);
  if (!unknown.empty()) {
    reasons.push_back(fmt::format(
        "not supported: {}; this node takes Verification, the Storage of objects with patient data "
        "and, of its peers, reports on Storage Commitment, so take the others out of what the "
        "sender proposes to it",
        some_of(unknown, [](const auto& one) { return named(one.first); })));
  }
  const auto undecodable = refused_for(contexts, Kind::kTransferSyntaxesNotSupported);
  if (!undecodable.empty()) {
    reasons.push_back(fmt::format(
        "in no transfer syntax that can be decoded here: {}; let the sender send it in Explicit VR "
        "Little Endian or Implicit VR Little Endian, or another one that CONFORMANCE.md lists for "
        "its class",
        some_of(undecodable, [](const auto& one) {
          return fmt::format("{} in {}", named(one.first), some_of(one.second, named));
        })));
  }
  return fmt::format("{}", fmt::join(reasons, "; "));
}

}  // namespace hilum::scp
