#pragma once

#include <span>
#include <string_view>

namespace hilum::model::train {

/// The words of the vocabulary: how things in a chest are named, and what is said around a name.
/// Held-out ones share no phrase with the trained ones.
struct Phrasings {
  std::span<const std::string_view> trained;
  std::span<const std::string_view> held_out;
};

/// What is named alike.
enum class Named {
  kSidedVessel,   ///< arteries or veins of one lung
  kVessel,        ///< arteries or veins
  kSidedVessels,  ///< both of one lung
  kVessels,       ///< both
  kAorta,
  kAirways,
  kHeart,
  kVenaCava,
};

/// Names with `{s}` for the side and `{a}`, `{A}`, `{d}` for one vessel, several, and the
/// adjective.
Phrasings names_of(Named named);

/// Frames with `{}` for the name.
Phrasings frames();

}  // namespace hilum::model::train
