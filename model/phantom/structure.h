#pragma once

#include <cstdint>

namespace hilum::phantom {

/// Values of the truth (the first four) and of `Phantom::structures` (all). 0 is everything else.
inline constexpr std::uint8_t kLeftArtery = 1;
inline constexpr std::uint8_t kLeftVein = 2;
inline constexpr std::uint8_t kRightArtery = 3;
inline constexpr std::uint8_t kRightVein = 4;
inline constexpr std::uint8_t kAorta = 5;     ///< with the arch; its branches are 0
inline constexpr std::uint8_t kAirway = 6;    ///< trachea and bronchi, lumen and wall
inline constexpr std::uint8_t kHeart = 7;     ///< with its chambers and the pulmonary trunk
inline constexpr std::uint8_t kVenaCava = 8;  ///< both caval and the brachiocephalic veins

}  // namespace hilum::phantom
