#include "model/affine.h"

namespace hilum::model {

Vec3 transform(const Affine& map, const Vec3& point) {
  Vec3 result{};
  for (std::size_t row = 0; row < 3; ++row) {
    result[row] = map[row * 4] * point[0] + map[row * 4 + 1] * point[1] +
                  map[row * 4 + 2] * point[2] + map[row * 4 + 3];
  }
  return result;
}

Affine compose(const Affine& outer, const Affine& inner) {
  Affine result{};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      for (std::size_t k = 0; k < 4; ++k) {
        result[row * 4 + column] += outer[row * 4 + k] * inner[k * 4 + column];
      }
    }
  }
  return result;
}

double determinant(const Affine& m) {
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) +
         m[2] * (m[4] * m[9] - m[5] * m[8]);
}

Affine inverse(const Affine& m) {
  const double d = determinant(m);
  Affine r{(m[5] * m[10] - m[6] * m[9]) / d,
           (m[2] * m[9] - m[1] * m[10]) / d,
           (m[1] * m[6] - m[2] * m[5]) / d,
           0,
           (m[6] * m[8] - m[4] * m[10]) / d,
           (m[0] * m[10] - m[2] * m[8]) / d,
           (m[2] * m[4] - m[0] * m[6]) / d,
           0,
           (m[4] * m[9] - m[5] * m[8]) / d,
           (m[1] * m[8] - m[0] * m[9]) / d,
           (m[0] * m[5] - m[1] * m[4]) / d,
           0,
           0,
           0,
           0,
           1};
  const Vec3 shift = transform(r, {m[3], m[7], m[11]});
  for (std::size_t row = 0; row < 3; ++row) r[row * 4 + 3] = -shift[row];
  return r;
}

Vec3 column(const Affine& map, std::size_t axis) {
  return {map[axis], map[4 + axis], map[8 + axis]};
}

Affine flip_lps_ras() { return {-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}; }

}  // namespace hilum::model
