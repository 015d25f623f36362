#pragma once

#include <span>
#include <string>
#include <vector>

#include "scp/presentation_contexts.h"

namespace hilum::scp {

/// A proposed presentation context and what it was answered.
struct AnsweredContext {
  std::string abstract_syntax;                 ///< as the peer has it, 1 to 64 bytes
  std::vector<std::string> transfer_syntaxes;  ///< likewise
  ContextAnswer::Kind kind;
};

/// Why contexts were refused, and what to change at the sender, for the log: each class with its
/// reason, a few of many. Empty when every class was accepted in one context at least, as when a
/// sender proposes each transfer syntax in a context of its own. Never longer than
/// `kLongestExplanation`, whatever a peer proposes. Pure.
std::string explain_refusals(std::span<const AnsweredContext> contexts);
inline constexpr std::size_t kLongestExplanation = 3000;

}  // namespace hilum::scp
