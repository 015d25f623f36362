#include "dicomseg/bitmap_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

RgbImage drawn(std::string_view text, const TextStyle& style, int width = 40, int height = 20) {
  RgbImage image = blank_image(width, height);
  draw_text(image, 0, 0, text, style);
  return image;
}

bool white(const RgbImage& image, int x, int y) {
  return image.pixels[static_cast<std::size_t>(y * image.width + x) * 3] == 255;
}

}  // namespace

TEST_CASE("bitmap text: every printable character has a picture of its own") {
  std::set<std::string> seen;
  for (char c = ' '; c <= '~'; ++c) {
    CAPTURE(c);
    const auto pixels = drawn(std::string(1, c), {.scale = 1}).pixels;
    CHECK(seen.insert(std::string(pixels.begin(), pixels.end())).second);
  }
  const auto question = drawn("?", {.scale = 1}).pixels;
  for (const char c : {'\x1f', '\x7f', '\xe4', '\0'}) {
    CHECK(drawn(std::string(1, c), {.scale = 1}).pixels == question);
  }
}

TEST_CASE("bitmap text: dots are where the letter has them, at every scale") {
  const std::vector<std::string> l{"X....", "X....", "X....", "X....", "X....", "X....", "XXXXX"};
  for (const int scale : {1, 2, 3}) {
    CAPTURE(scale);
    const RgbImage image = drawn("L", {.scale = scale}, 5 * scale, 7 * scale);
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) {
        const char dot =
            l[static_cast<std::size_t>(y / scale)][static_cast<std::size_t>(x / scale)];
        CHECK(white(image, x, y) == (dot == 'X'));
      }
    }
  }
}

TEST_CASE("bitmap text: a halo is black on what was bright") {
  RgbImage image = blank_image(12, 12);
  fill(image, {0, 0, 12, 12}, {200, 200, 200});
  draw_text(image, 2, 2, "L", {.scale = 1, .backing = TextStyle::Backing::kHalo});
  const auto at = [&](int x, int y) {
    return image.pixels[static_cast<std::size_t>(y * 12 + x) * 3];
  };
  CHECK(at(2, 2) == 255);
  CHECK(at(1, 2) == 0);
  CHECK(at(3, 3) == 0);
  CHECK(at(0, 2) == 200);
}

TEST_CASE("bitmap text: what does not fit the image is cut off") {
  RgbImage image = blank_image(8, 8);
  draw_text(image, -3, -3, "WWWW", {.scale = 3, .backing = TextStyle::Backing::kHalo});
  CHECK(image.pixels.size() == 8 * 8 * 3);
  CHECK(std::count(image.pixels.begin(), image.pixels.end(), 255) > 0);
  paste(image, blank_image(4, 4), -2, 6);
  paste(image, blank_image(4, 4), 20, 20);
  fill(image, {-100, -100, 10, 10}, kWhite);
}

TEST_CASE("bitmap text: widths count dots, not the gap after the last letter") {
  CHECK(text_width_px("", 2) == 0);
  CHECK(text_width_px("A", 1) == 5);
  CHECK(text_width_px("AB", 2) == 22);
}

TEST_CASE("bitmap text: lines break at spaces, and long words anywhere") {
  using Lines = std::vector<std::string>;
  CHECK(wrapped("", 5) == Lines{""});
  CHECK(wrapped("short", 5) == Lines{"short"});
  CHECK(wrapped("two words", 5) == Lines{"two", "words"});
  CHECK(wrapped("seven letters", 5) == Lines{"seven", "lette", "rs"});
  CHECK(wrapped("a b c d", 3) == Lines{"a b", "c d"});
  CHECK(wrapped("abc", 0) == Lines{"a", "b", "c"});
}
