// phantom_sheet DIR [--reference | --training | --shifted] [--sheet] SEED...
// Prints the measures of each seed, one row, and writes DIR/phantom_SEED.ppm: two transverse and
// two coronal slices (lung window), below them with truth and structures in colour, and the truth
// seen from the front. --reference: no disease, arteries at late contrast, sharp scanner, as the
// density profile in README.md is measured. --sheet: instead of that one picture, DIR/sheet.ppm,
// of all seeds at 2 mm: two transverse slices, a coronal one and the truth from the front.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "model/phantom/depth_profile.h"
#include "model/phantom/phantom.h"
#include "model/phantom/variation.h"

namespace {

using namespace hilum;
using namespace hilum::phantom;

struct Colour {
  std::uint8_t r, g, b;
};
constexpr Colour kColours[] = {{0, 0, 0},       {90, 130, 255}, {255, 90, 90},
                               {70, 220, 255},  {255, 190, 60}, {200, 60, 120},
                               {120, 230, 120}, {150, 90, 60},  {120, 100, 200}};

class Picture {
 public:
  Picture(int width, int height) : width_(width), height_(height) {
    pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  }
  void set(int x, int y, Colour c) {
    if (x >= 0 && y >= 0 && x < width_ && y < height_)
      pixels_[static_cast<std::size_t>(y) * width_ + x] = c;
  }
  void write(const std::string& path) const {
    std::ofstream file(path, std::ios::binary);
    file << "P6\n" << width_ << " " << height_ << "\n255\n";
    for (const Colour& c : pixels_) file.put(char(c.r)).put(char(c.g)).put(char(c.b));
  }

 private:
  int width_;
  int height_;
  std::vector<Colour> pixels_;
};

Colour grey(int hu) {
  constexpr int kLow = -1100, kHigh = 350;
  const auto v = static_cast<std::uint8_t>(std::clamp((hu - kLow) * 255 / (kHigh - kLow), 0, 255));
  return {v, v, v};
}

/// One slice, plain and below it with the truth; `axis` 0 = transverse, 1 = coronal.
void draw_slice(const Phantom& p, int axis, int number, int left, Picture& picture) {
  const Geometry& g = p.ct.geometry;
  const int rows = axis == 0 ? g.size[1] : g.size[0];
  const int below = std::max(g.size[0], g.size[1]);
  for (int v = 0; v < rows; ++v) {
    for (int x = 0; x < g.size[2]; ++x) {
      const std::size_t i =
          axis == 0 ? g.index(number, v, x) : g.index(g.size[0] - 1 - v, number, x);
      const Colour plain = grey(p.ct.hu[i]);
      picture.set(left + x, v, plain);
      picture.set(left + x, below + v,
                  p.structures.label[i] ? kColours[p.structures.label[i]] : plain);
    }
  }
}

void draw_front(const Phantom& p, int left, int top, Picture& picture) {
  const Geometry& g = p.ct.geometry;
  for (int z = 0; z < g.size[0]; ++z) {
    for (int x = 0; x < g.size[2]; ++x) {
      for (int y = 0; y < g.size[1]; ++y) {
        const std::uint8_t label = p.truth.label[g.index(z, y, x)];
        if (label == 0) continue;
        const int dim = 100 - 60 * y / g.size[1];
        const Colour c = kColours[label];
        picture.set(
            left + x, top + g.size[0] - 1 - z,
            {static_cast<std::uint8_t>(c.r * dim / 100), static_cast<std::uint8_t>(c.g * dim / 100),
             static_cast<std::uint8_t>(c.b * dim / 100)});
        break;
      }
    }
  }
}

void write_picture(const Phantom& p, const std::string& path) {
  const auto& size = p.ct.geometry.size;
  Picture picture(5 * size[2], 2 * std::max(size[0], size[1]));
  draw_slice(p, 0, size[0] * 57 / 100, 0, picture);
  draw_slice(p, 0, size[0] * 40 / 100, size[2], picture);
  draw_slice(p, 1, size[1] * 45 / 100, 2 * size[2], picture);
  draw_slice(p, 1, size[1] * 58 / 100, 3 * size[2], picture);
  draw_front(p, 4 * size[2], 0, picture);
  picture.write(path);
}

constexpr int kSheetColumns = 2;
constexpr double kSheetMm = 2;
constexpr std::array<int, 3> kSheetSize{150, 150, 180};

/// Plain slice `number`; `axis` 0 = transverse, 1 = coronal.
void draw_plain(const Phantom& p, int axis, int number, int left, int top, Picture& picture) {
  const Geometry& g = p.ct.geometry;
  const int rows = axis == 0 ? g.size[1] : g.size[0];
  for (int v = 0; v < rows; ++v) {
    for (int x = 0; x < g.size[2]; ++x) {
      const std::size_t i =
          axis == 0 ? g.index(number, v, x) : g.index(g.size[0] - 1 - v, number, x);
      picture.set(left + x, top + v, grey(p.ct.hu[i]));
    }
  }
}

/// The `place`-th patient of the sheet.
void add_to_sheet(const Phantom& p, int place, Picture& picture) {
  const auto [slices, rows, columns] = kSheetSize;
  const int left = place % kSheetColumns * 4 * columns;
  const int top = place / kSheetColumns * rows;
  draw_plain(p, 0, slices * 57 / 100, left, top, picture);
  draw_plain(p, 0, slices * 42 / 100, left + columns, top, picture);
  draw_plain(p, 1, rows * 50 / 100, left + 2 * columns, top, picture);
  draw_front(p, left + 3 * columns, top, picture);
}

void print_row(std::uint64_t seed, const Phantom& p, double seconds) {
  const Morphometry& m = p.morphometry;
  const DepthProfile profile = depth_profile(p);
  std::printf("| %llu | %d | %.1f | %.0f | %.0f / %.0f | %.0f / %.0f | %.2f | %.0f/%.0f/%.0f/%.0f ",
              static_cast<unsigned long long>(seed), static_cast<int>(p.tissue.phase), seconds,
              m.lung_ml, m.artery.lung_ml, m.artery.lung_visible_ml, m.vein.lung_ml,
              m.vein.lung_visible_ml, m.artery.lung_ml / m.vein.lung_ml, m.label_ml[1],
              m.label_ml[2], m.label_ml[3], m.label_ml[4]);
  std::printf("| %d / %d | %.0f / %.0f | %.1f / %.1f | %.1f / %.1f | %.1f/%.1f/%.1f | %.2f |",
              m.artery.branches_2mm, m.vein.branches_2mm, m.artery.branch_angle,
              m.vein.branch_angle, m.artery.length_to_diameter, m.vein.length_to_diameter,
              m.vein_to_artery_mm, m.lung_to_artery_mm, profile[0], profile[1], profile[2],
              rim_to_centre(profile));
  for (const StrahlerOrder& order : m.artery.orders) {
    std::printf(" %dx%.2f", order.count, order.diameter_mm);
  }
  std::printf(" |\n");
}

struct Request {
  std::string folder;
  PhantomOptions options;
  PhantomOptions (*draw)(std::uint64_t) = nullptr;
  bool sheet = false;
  std::vector<std::uint64_t> seeds;
};

Request read_arguments(int argc, char** argv) {
  Request request;
  request.folder = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--training") request.draw = training_options;
    if (argument == "--shifted") request.draw = shifted_options;
    if (argument == "--sheet") request.sheet = true;
    if (argument == "--reference") {
      request.options.disease = PhantomOptions::Disease::kNone;
      request.options.scanner = PhantomOptions::Scanner::kReference;
      request.options.phase = Phase::kMixed;
    }
    if (!argument.starts_with("--")) request.seeds.push_back(std::strtoull(argv[i], nullptr, 10));
  }
  return request;
}

PhantomOptions options_of(const Request& request, std::uint64_t seed) {
  PhantomOptions options = request.draw != nullptr ? request.draw(seed) : request.options;
  options.seed = seed;
  if (request.sheet) {
    options.spacing_mm = kSheetMm;
    options.size = kSheetSize;
    options.view.slice_spacing_mm.reset();
  }
  return options;
}

void draw_sheet(const Request& request) {
  const auto count = static_cast<int>(request.seeds.size());
  const int rows = (count + kSheetColumns - 1) / kSheetColumns;
  Picture picture(kSheetColumns * 4 * kSheetSize[2], rows * kSheetSize[1]);
  for (int place = 0; place < count; ++place) {
    const std::uint64_t seed = request.seeds[static_cast<std::size_t>(place)];
    const PhantomOptions options = options_of(request, seed);
    std::printf("%llu: %s\n", static_cast<unsigned long long>(seed), describe(options).c_str());
    add_to_sheet(make_phantom(options), place, picture);
  }
  picture.write(request.folder + "/sheet.ppm");
}

void print_table(const Request& request) {
  std::printf(
      "| seed | phase | s | lung mL | artery all/visible mL | vein all/visible mL | A/V "
      "| labels LA/LV/RA/RV mL | branches >= 2 mm A/V | angle A/V | L/D A/V "
      "| vein, lung to artery mm | > -500 HU %% at 6-12/12-20/20-30 mm | rim/centre "
      "| artery orders n x mm |\n");
  for (const std::uint64_t seed : request.seeds) {
    const PhantomOptions options = options_of(request, seed);
    const auto start = std::chrono::steady_clock::now();
    const Phantom phantom = make_phantom(options);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%s\n", describe(options).c_str());
    print_row(seed, phantom, seconds.count());
    write_picture(phantom, request.folder + "/phantom_" + std::to_string(seed) + ".ppm");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr,
                 "usage: phantom_sheet DIR [--reference | --training | --shifted] [--sheet] "
                 "SEED...\n");
    return 64;
  }
  const Request request = read_arguments(argc, argv);
  if (request.sheet) {
    draw_sheet(request);
  } else {
    print_table(request);
  }
  return 0;
}
