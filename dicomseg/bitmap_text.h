#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dicomseg/rgb_canvas.h"

/// Private to dicomseg/: text in pictures, in a fixed-width font of 5 x 7 dots of our own.
/// Printable ASCII; everything else is drawn as '?'.
namespace hilum::dicomseg {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;
inline constexpr int kAdvance = 6;  ///< dots from one character to the next
inline constexpr int kLeading = 9;  ///< dots from one line to the next

struct TextStyle {
  int scale = 2;  ///< edge of a dot in pixels
  Rgb colour = kWhite;
  enum class Backing {
    kNone,
    kHalo  ///< a black rim of one pixel, to be read on any background
  };
  Backing backing = Backing::kNone;
};

/// The upper left corner of the first character is at (x, y). Cut off at the image's edges.
void draw_text(RgbImage& image, int x, int y, std::string_view text, const TextStyle& style);

/// Width of the drawn dots; 0 for an empty text.
int text_width_px(std::string_view text, int scale);

/// Breaks a text at spaces into lines of at most `columns` characters; longer words are cut. At
/// least one line. `columns` is at least 1.
std::vector<std::string> wrapped(std::string_view text, int columns);

}  // namespace hilum::dicomseg
