#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dicomseg/patient_views.h"
#include "dicomseg/rgb_canvas.h"

/// Private to dicomseg/: the page around a picture. Above it the markers that must never be
/// missed, on its right title, legend and notes, below it the warnings; in it the letters of the
/// patient's directions and a scale.
namespace hilum::dicomseg {

/// Printable ASCII, of any length.
struct PageTexts {
  struct Entry {
    Rgb rgb;
    std::string label;
    std::string value;  ///< a line below the label
  };
  std::vector<std::string> markers;
  std::vector<Entry> legend;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
};

/// All pages of one PicturePage have the same size, which grows with the texts. Immutable.
class PicturePage {
 public:
  /// For square pictures of `edge_px`; the size of the texts follows from it.
  PicturePage(const PageTexts& texts, int edge_px);

  /// `picture` is what `grid` shows.
  [[nodiscard]] RgbImage compose(const RgbImage& picture, const ViewGrid& grid,
                                 std::string_view title) const;

 private:
  struct Line {
    int x;
    int y;
    std::string text;
    Rgb colour;
  };

  /// Lines at `x` from `y` on, wrapped to `columns`; returns where the next line goes.
  int add_lines(std::string_view text, int x, int y, int columns, const Rgb& colour);
  int add_legend(const PageTexts& texts, int x, int y);
  void draw_directions(RgbImage& page, const View& view) const;
  void draw_scale(RgbImage& page, double mm_per_px) const;

  int edge_px_;
  int dot_px_;     ///< edge of the dots of letters
  int margin_px_;  ///< around texts
  int picture_y_ = 0;
  int title_y_ = 0;
  RgbImage blank_;  ///< the page without picture and title
  std::vector<Line> lines_;
  std::vector<std::pair<PixelRect, Rgb>> bars_;
};

}  // namespace hilum::dicomseg
