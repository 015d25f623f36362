#include "dicomseg/picture_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "dicomseg/bitmap_text.h"

namespace hilum::dicomseg {
namespace {

constexpr Rgb kMarker{255, 200, 0};
constexpr Rgb kWarning{255, 120, 90};
constexpr Rgb kQuiet{170, 170, 170};
constexpr int kPanelColumns = 24;  // characters
constexpr int kTitleLines = 4;
constexpr int kSwatchColumns = 2;

/// The parts between commas.
std::vector<std::string> title_lines(std::string_view title) {
  std::vector<std::string> lines;
  for (;;) {
    const std::size_t comma = title.find(", ");
    const auto part = wrapped(title.substr(0, comma), kPanelColumns);
    lines.insert(lines.end(), part.begin(), part.end());
    if (comma == std::string_view::npos) return lines;
    title.remove_prefix(comma + 2);
  }
}

}  // namespace

PicturePage::PicturePage(const PageTexts& texts, int edge_px)
    : edge_px_(edge_px), dot_px_(std::max(edge_px / 256, 1)), margin_px_(4 * dot_px_) {
  const int panel_x = edge_px_ + 2 * margin_px_;
  const int width = panel_x + kPanelColumns * kAdvance * dot_px_ + margin_px_;
  const int columns = (width - 2 * margin_px_) / (kAdvance * dot_px_);
  int y = margin_px_;
  for (const std::string& marker : texts.markers) {
    y = add_lines(marker, margin_px_, y, columns, kMarker);
  }
  picture_y_ = y + margin_px_ / 2;
  title_y_ = picture_y_ + margin_px_;
  int panel_y = title_y_ + kTitleLines * kLeading * dot_px_ + 2 * margin_px_;
  panel_y = add_legend(texts, panel_x, panel_y);
  for (const std::string& note : texts.notes) {
    panel_y = add_lines(note, panel_x, panel_y, kPanelColumns, kQuiet);
  }
  y = std::max(picture_y_ + edge_px_, panel_y) + margin_px_;
  for (const std::string& warning : texts.warnings) {
    y = add_lines(warning, margin_px_, y, columns, kWarning);
  }
  blank_ = blank_image(width, y + margin_px_ / 2);
  for (const auto& [bar, rgb] : bars_) fill(blank_, bar, rgb);
  for (const Line& line : lines_) {
    draw_text(blank_, line.x, line.y, line.text, {.scale = dot_px_, .colour = line.colour});
  }
}

int PicturePage::add_lines(std::string_view text, int x, int y, int columns, const Rgb& colour) {
  for (std::string& line : wrapped(text, columns)) {
    lines_.push_back({x, y, std::move(line), colour});
    y += kLeading * dot_px_;
  }
  return y;
}

int PicturePage::add_legend(const PageTexts& texts, int x, int y) {
  const int swatch_px = kSwatchColumns * kAdvance * dot_px_;
  const int columns = kPanelColumns - kSwatchColumns;
  for (const PageTexts::Entry& entry : texts.legend) {
    const int top = y;
    y = add_lines(entry.label, x + swatch_px, y, columns, kWhite);
    if (!entry.value.empty()) y = add_lines(entry.value, x + swatch_px, y, columns, kQuiet);
    bars_.emplace_back(PixelRect{x, top, swatch_px - kAdvance * dot_px_ / 2,
                                 y - top - (kLeading - kGlyphHeight) * dot_px_},
                       entry.rgb);
    y += margin_px_;
  }
  return y + margin_px_;
}

RgbImage PicturePage::compose(const RgbImage& picture, const ViewGrid& grid,
                              std::string_view title) const {
  RgbImage page = blank_;
  paste(page, picture, 0, picture_y_);
  draw_directions(page, grid.view);
  draw_scale(page, grid.mm_per_px);
  int y = title_y_;
  for (const std::string& line : title_lines(title)) {
    draw_text(page, edge_px_ + 2 * margin_px_, y, line, {.scale = dot_px_});
    y += kLeading * dot_px_;
  }
  return page;
}

void PicturePage::draw_directions(RgbImage& page, const View& view) const {
  const int width = kGlyphWidth * dot_px_;
  const int height = kGlyphHeight * dot_px_;
  const int middle_x = (edge_px_ - width) / 2;
  const int middle_y = picture_y_ + (edge_px_ - height) / 2;
  const auto draw = [&](char letter, int x, int y) {
    draw_text(page, x, y, std::string_view(&letter, 1),
              {.scale = dot_px_, .backing = TextStyle::Backing::kHalo});
  };
  draw(view.mark_left, margin_px_, middle_y);
  draw(view.mark_right, edge_px_ - margin_px_ - width, middle_y);
  draw(view.mark_top, middle_x, picture_y_ + margin_px_);
  draw(view.mark_bottom, middle_x, picture_y_ + edge_px_ - margin_px_ - height);
}

/// A bar of a round length, at most a third of the picture, in the lower left corner.
void PicturePage::draw_scale(RgbImage& page, double mm_per_px) const {
  constexpr std::array<std::pair<double, std::string_view>, 4> kLengths{
      {{100, "10 cm"}, {50, "5 cm"}, {10, "1 cm"}, {1, "1 mm"}}};
  const auto* const fits = std::find_if(kLengths.begin(), kLengths.end(), [&](const auto& length) {
    return length.first / mm_per_px <= edge_px_ / 3.0 && length.first / mm_per_px >= 1;
  });
  if (fits == kLengths.end()) return;
  const int length_px = static_cast<int>(std::lround(fits->first / mm_per_px));
  const int y = picture_y_ + edge_px_ - margin_px_ - dot_px_;
  const int tick = 2 * dot_px_;
  const auto draw = [&](int rim, const Rgb& rgb) {
    const auto bar = [&](int x, int top, int width, int height) {
      fill(page, {x - rim, top - rim, width + 2 * rim, height + 2 * rim}, rgb);
    };
    bar(margin_px_, y, length_px, dot_px_);
    bar(margin_px_, y - tick, dot_px_, tick);
    bar(margin_px_ + length_px - dot_px_, y - tick, dot_px_, tick);
  };
  draw(1, kBlack);
  draw(0, kWhite);
  draw_text(page, margin_px_ + 2 * dot_px_, y - (kGlyphHeight + 3) * dot_px_, fits->second,
            {.scale = dot_px_, .backing = TextStyle::Backing::kHalo});
}

}  // namespace hilum::dicomseg
