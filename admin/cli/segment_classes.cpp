#include "admin/cli/segment_classes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace hilum::admin {
namespace {

/// A concept: its codes in SNOMED CT and in the older SRT, which other tools still write, and the
/// words that labels use for it.
struct Meaning {
  std::array<std::string_view, 2> codes;
  std::array<std::string_view, 4> words;
};
constexpr Meaning kArtery{.codes = {"81040000", "T-44000"},
                          .words = {"artery", "arteries", "arterial", "pa"}};
constexpr Meaning kVein{.codes = {"122972007", "T-48581"},
                        .words = {"vein", "veins", "venous", "pv"}};
constexpr Meaning kLeft{.codes = {"7771000", "G-A101"}, .words = {"left", "l", "lt", "lft"}};
constexpr Meaning kRight{.codes = {"24028007", "G-A100"}, .words = {"right", "r", "rt", "rgt"}};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      words.back().push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

bool has_code(const CodedConcept& code, const Meaning& meaning) {
  return !code.value.empty() && std::ranges::count(meaning.codes, code.value) > 0;
}

bool has_word(const std::vector<std::string>& words, const Meaning& meaning) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return !word.empty() && std::ranges::count(meaning.words, word) > 0;
  });
}

/// The meaning that the words have alone; nothing when they have both or neither.
const Meaning* by_words(const std::string& label, const Meaning& a, const Meaning& b) {
  const auto words = words_of(label);
  const bool is_a = has_word(words, a);
  const bool is_b = has_word(words, b);
  if (is_a == is_b) return nullptr;
  return is_a ? &a : &b;
}

const Meaning* by_code(const CodedConcept& code, const Meaning& a, const Meaning& b) {
  if (has_code(code, a)) return &a;
  if (has_code(code, b)) return &b;
  return nullptr;
}

/// Whether a type that is no code of ours leaves room for what the label says: "Blood vessel" or
/// "Structure" does, "Artery" does for an artery, "Aorta" and "Vein" do not.
bool leaves_room(const CodedConcept& type, const Meaning& said) {
  constexpr std::array<std::string_view, 6> kGeneral{"vessel", "vessels",   "vasculature",
                                                     "tissue", "structure", "segmentation"};
  const auto words = words_of(type.meaning);
  if (has_word(words, &said == &kArtery ? kVein : kArtery)) return false;
  return has_word(words, said) || std::ranges::any_of(words, [&](const std::string& word) {
           return std::ranges::count(kGeneral, word) > 0;
         });
}

const Meaning* vessel_of(const SegmentSpec& segment) {
  if (const Meaning* coded = by_code(segment.type, kArtery, kVein)) return coded;
  const Meaning* said = by_words(segment.label, kArtery, kVein);
  return said != nullptr && leaves_room(segment.type, *said) ? said : nullptr;
}

const Meaning* side_of(const SegmentSpec& segment) {
  for (const auto* code : {&segment.type_modifier, &segment.region_modifier}) {
    if (!*code) continue;
    if (const Meaning* coded = by_code(**code, kLeft, kRight)) return coded;
  }
  return by_words(segment.label, kLeft, kRight);
}

}  // namespace

std::optional<std::size_t> class_of_segment(const SegmentSpec& segment,
                                            std::span<const model::ModelClass> classes) {
  const Meaning* vessel = vessel_of(segment);
  const Meaning* side = side_of(segment);
  if (vessel == nullptr || side == nullptr) return std::nullopt;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (vessel_of(classes[k].segment) == vessel && side_of(classes[k].segment) == side) return k;
  }
  return std::nullopt;
}

}  // namespace hilum::admin
