#include "model/phantom/scalar_field.h"

#include <algorithm>
#include <cmath>

namespace hilum::phantom {
namespace {

/// Cell index and fraction of a lattice coordinate, clamped to the lattice.
struct Cell {
  int index;
  float fraction;
};

Cell cell_of(double coordinate, int count) {
  const double clamped = std::clamp(coordinate, 0.0, count - 1.001);
  const int index = static_cast<int>(clamped);
  return {index, static_cast<float>(clamped - index)};
}

/// One-dimensional squared distance transform: the lower envelope of parabolas.
class LineTransform {
 public:
  explicit LineTransform(int longest)
      : input_(longest), output_(longest), border_(longest + 1), vertex_(longest) {}

  void run(float* line, std::size_t stride, int n) {
    // Zeros stay, and only those next to other points matter to these.
    int first = 0;
    while (first < n && line[first * stride] == 0) ++first;
    if (first == n) return;
    int last = n - 1;
    while (line[last * stride] == 0) --last;
    first = std::max(0, first - 1);
    transform(line + first * stride, stride, std::min(n - 1, last + 1) - first + 1);
  }

 private:
  static constexpr float kEnd = 1e20F;

  void transform(float* line, std::size_t stride, int n) {
    for (int i = 0; i < n; ++i) input_[i] = line[i * stride];
    int top = 0;
    vertex_[0] = 0;
    border_[0] = -kEnd;
    border_[1] = kEnd;
    for (int q = 1; q < n; ++q) {
      float s = crossing(q, vertex_[top]);
      while (s <= border_[top] && top > 0) s = crossing(q, vertex_[--top]);
      vertex_[++top] = q;
      border_[top] = s;
      border_[top + 1] = kEnd;
    }
    int k = 0;
    for (int q = 0; q < n; ++q) {
      while (border_[k + 1] < static_cast<float>(q)) ++k;
      const auto d = static_cast<float>(q - vertex_[k]);
      output_[q] = d * d + input_[vertex_[k]];
    }
    for (int i = 0; i < n; ++i) line[i * stride] = output_[i];
  }

  /// Where the parabolas rooted at q and v < q cross.
  [[nodiscard]] float crossing(int q, int v) const {
    const auto fq = static_cast<float>(q);
    const auto fv = static_cast<float>(v);
    return ((input_[q] + fq * fq) - (input_[v] + fv * fv)) / (2 * (fq - fv));
  }

  std::vector<float> input_;
  std::vector<float> output_;
  std::vector<float> border_;
  std::vector<int> vertex_;
};

}  // namespace

bool Lattice::nearest(const Vec& p, std::size_t& nearest_index) const {
  const long x = std::lround((p.x - origin.x) / step_mm);
  const long y = std::lround((p.y - origin.y) / step_mm);
  const long z = std::lround((p.z - origin.z) / step_mm);
  if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) return false;
  nearest_index = index(static_cast<int>(x), static_cast<int>(y), static_cast<int>(z));
  return true;
}

double ScalarField::at(const Vec& p) const {
  const Lattice& g = lattice_;
  const Cell x = cell_of((p.x - g.origin.x) / g.step_mm, g.nx);
  const Cell y = cell_of((p.y - g.origin.y) / g.step_mm, g.ny);
  const Cell z = cell_of((p.z - g.origin.z) / g.step_mm, g.nz);
  const float* corner = &values_[g.index(x.index, y.index, z.index)];
  const auto row = static_cast<std::size_t>(g.nx);
  const std::size_t slice = row * static_cast<std::size_t>(g.ny);
  const auto along_x = [&](std::size_t offset) {
    return corner[offset] * (1 - x.fraction) + corner[offset + 1] * x.fraction;
  };
  const float below = along_x(0) * (1 - y.fraction) + along_x(row) * y.fraction;
  const float above = along_x(slice) * (1 - y.fraction) + along_x(slice + row) * y.fraction;
  return below * (1 - z.fraction) + above * z.fraction;
}

Vec ScalarField::gradient(const Vec& p) const {
  const double e = lattice_.step_mm;
  return Vec{at(p + Vec{e, 0, 0}) - at(p - Vec{e, 0, 0}),
             at(p + Vec{0, e, 0}) - at(p - Vec{0, e, 0}),
             at(p + Vec{0, 0, e}) - at(p - Vec{0, 0, e})} *
         (0.5 / e);
}

RowSampler::RowSampler(const Lattice& of_fields, const Lattice& grid)
    : fields_(of_fields), grid_(grid), coarse_(static_cast<std::size_t>(of_fields.nx)) {
  if (of_fields.nx == 0) return;
  const double first = (grid.origin.x - of_fields.origin.x) / of_fields.step_mm;
  const double ratio = grid.step_mm / of_fields.step_mm;
  for (int x = 0; x < grid.nx; ++x) {
    const Cell cell = cell_of(first + ratio * x, of_fields.nx);
    along_x_.push_back({cell.index, cell.fraction});
  }
}

void RowSampler::sample(const ScalarField& field, int y, int z, std::vector<float>& row) {
  const Lattice& g = fields_;
  const Vec start = grid_.at(0, y, z);
  const Cell in_y = cell_of((start.y - g.origin.y) / g.step_mm, g.ny);
  const Cell in_z = cell_of((start.z - g.origin.z) / g.step_mm, g.nz);
  const float* p00 = &field.values()[g.index(0, in_y.index, in_z.index)];
  const float* p10 = p00 + g.nx;
  const float* p01 = p00 + static_cast<std::size_t>(g.nx) * static_cast<std::size_t>(g.ny);
  const float* p11 = p01 + g.nx;
  const float w00 = (1 - in_y.fraction) * (1 - in_z.fraction);
  const float w10 = in_y.fraction * (1 - in_z.fraction);
  const float w01 = (1 - in_y.fraction) * in_z.fraction;
  const float w11 = in_y.fraction * in_z.fraction;
  float* coarse = coarse_.data();
  for (int i = 0; i < g.nx; ++i) {
    coarse[i] = p00[i] * w00 + p10[i] * w10 + p01[i] * w01 + p11[i] * w11;
  }
  const std::size_t n = row.size();
  for (std::size_t i = 0; i < n; ++i) {
    const float* cell = coarse + along_x_[i].cell;
    row[i] = cell[0] + (cell[1] - cell[0]) * along_x_[i].fraction;
  }
}

void to_distance(ScalarField& field) {
  const Lattice& g = field.lattice();
  float* values = field.values().data();
  LineTransform line(std::max({g.nx, g.ny, g.nz}));
  const auto row = static_cast<std::size_t>(g.nx);
  for (int z = 0; z < g.nz; ++z) {
    for (int y = 0; y < g.ny; ++y) line.run(values + g.index(0, y, z), 1, g.nx);
    for (int x = 0; x < g.nx; ++x) line.run(values + g.index(x, 0, z), row, g.ny);
  }
  for (int y = 0; y < g.ny; ++y) {
    for (int x = 0; x < g.nx; ++x) {
      line.run(values + g.index(x, y, 0), row * static_cast<std::size_t>(g.ny), g.nz);
    }
  }
  const auto step = static_cast<float>(g.step_mm);
  for (float& v : field.values()) v = std::sqrt(v) * step;
}

}  // namespace hilum::phantom
