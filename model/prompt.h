#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/lacaf_parameters.h"
#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

struct RepromptRequest {
  std::filesystem::path bundle;
  std::string label;          ///< of the class, in upper or lower case
  std::string prompt;         ///< its new phrase, UTF-8
  std::filesystem::path out;  ///< the new bundle; empty: replaces `bundle`
};

/// How close another class's text feature is to a new one.
struct PromptNeighbour {
  std::string label;
  std::string prompt;
  double similarity = 0;  ///< cosine, -1..1
};

/// What a new prompt changed.
struct Reprompted {
  std::string label;  ///< as the bundle spells it
  std::string old_prompt;
  double similarity = 0;  ///< cosine of the old and the new text feature, -1..1
  std::vector<PromptNeighbour> others;
  TextAdapter text_adapter = TextAdapter::kPerClass;
  std::filesystem::path file;  ///< where the new bundle is
  std::string sha256;          ///< of the new bundle
};

/// Embeds another prompt for one class with the text tower that the bundle carries, and writes the
/// bundle with it durably; everything else goes over byte for byte. The provenance says so. Errors:
/// those of `ModelBundle::open`; kNotFound when there is no text tower or, listing the labels, no
/// such class; kUnsupported in a build without LibTorch; those of `Tokenizer::encode` and, when the
/// model takes sides from anatomy, of `check_prompt_side`.
///
/// A per-class adapter (the paper's) was trained on its class's phrase alone, so that a foreign one
/// is outside what it saw: warn the user unless `text_adapter` is kShared.
Result<Reprompted> reprompt(const RepromptRequest& request);

/// The bundle with another prompt for one class, in memory: what `reprompt` would write. The other
/// classes keep their text features. Errors of `reprompt`.
Result<ModelBundle> with_prompt(ModelBundle bundle, const std::string& label,
                                const std::string& prompt);

/// The bundle with other classes; in memory, its file stays as it is. The text features of prompts
/// that it has carry over, its text tower embeds the others, if there are any.
/// Any classes when the text adapter is shared; as many as before, and those that it has in their
/// places, when each has an adapter of its own. Errors: kNotFound without a text tower that is
/// needed; kUnsupported for classes that do not fit the adapters, and in a build without LibTorch;
/// those of `Tokenizer::encode` and, when the model takes sides from anatomy, of
/// `check_prompt_side`.
Result<ModelBundle> with_classes(ModelBundle bundle, std::span<const ModelClass> classes);

/// Embeds all prompts of a bundle with the text tower it carries and writes it again. Returns the
/// new SHA-256. Errors as above.
Result<std::string> reembed_prompts(const std::filesystem::path& bundle);

}  // namespace hilum::model
