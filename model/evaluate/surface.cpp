#include "model/evaluate/surface.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/distance_transform.h"

namespace hilum::model::evaluate {
namespace {

using Point = std::array<double, 3>;  // z, y, x

/// An edge of the cell is named by its end corners, the smaller number first: 8 * a + b.
constexpr int kEdgeNames = 64;

int edge(int a, int b) { return a < b ? 8 * a + b : 8 * b + a; }

Point corner(int number, const std::array<double, 3>& step) {
  return {((number >> 1) & 1) * step[0], (number & 1) * step[1], (number >> 2) * step[2]};
}

Point middle(int edge_name, const std::array<double, 3>& step) {
  const Point a = corner(edge_name / 8, step);
  const Point b = corner(edge_name % 8, step);
  return {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2};
}

double triangle_area(const Point& a, const Point& b, const Point& c) {
  const Point u{b[0] - a[0], b[1] - a[1], b[2] - a[2]};
  const Point v{c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  return std::hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2],
                    u[0] * v[1] - u[1] * v[0]) /
         2;
}

double polygon_area(const std::vector<int>& edges, const std::array<double, 3>& step) {
  Point centre{};
  for (const int name : edges) {
    const Point p = middle(name, step);
    for (std::size_t i = 0; i < 3; ++i) centre[i] += p[i] / static_cast<double>(edges.size());
  }
  double area = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    area +=
        triangle_area(centre, middle(edges[i], step), middle(edges[(i + 1) % edges.size()], step));
  }
  return area;
}

/// Which two other edges follow each crossed edge on the surface.
struct Links {
  std::array<std::array<int, 2>, kEdgeNames> next{};
  std::array<int, kEdgeNames> count{};

  void join(int a, int b) {
    next[static_cast<std::size_t>(a)]
        [static_cast<std::size_t>(count[static_cast<std::size_t>(a)]++)] = b;
    next[static_cast<std::size_t>(b)]
        [static_cast<std::size_t>(count[static_cast<std::size_t>(b)]++)] = a;
  }
};

/// The surface's lines on one face, whose corners are given in order around it.
void link_face(const std::array<int, 4>& corners, int code, Links& links) {
  const auto inside = [&](std::size_t i) { return ((code >> corners[i % 4]) & 1) != 0; };
  std::vector<int> crossed;
  for (std::size_t i = 0; i < 4; ++i) {
    if (inside(i) != inside(i + 1)) crossed.push_back(edge(corners[i], corners[(i + 1) % 4]));
  }
  if (crossed.size() == 2) links.join(crossed[0], crossed[1]);
  if (crossed.size() < 4) return;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!inside(i)) continue;
    links.join(edge(corners[(i + 3) % 4], corners[i]), edge(corners[i], corners[(i + 1) % 4]));
  }
}

Links link_cell(int code) {
  Links links;
  for (const int fixed : {1, 2, 4}) {  // the bit that is the same all over the face
    const int u = fixed == 1 ? 2 : 1;
    const int v = 7 - fixed - u;
    for (const int base : {0, fixed})
      link_face({base, base + u, base + u + v, base + v}, code, links);
  }
  return links;
}

double cell_area(int code, const std::array<double, 3>& step) {
  const Links links = link_cell(code);
  std::array<bool, kEdgeNames> done{};
  double area = 0;
  for (int first = 0; first < kEdgeNames; ++first) {
    if (done[static_cast<std::size_t>(first)] ||
        links.count[static_cast<std::size_t>(first)] == 0) {
      continue;
    }
    std::vector<int> polygon;
    for (int at = first, from = -1;;) {
      done[static_cast<std::size_t>(at)] = true;
      polygon.push_back(at);
      const auto& next = links.next[static_cast<std::size_t>(at)];
      const int to = next[0] == from ? next[1] : next[0];
      from = at;
      at = to;
      if (at == first) break;
    }
    area += polygon_area(polygon, step);
  }
  return area;
}

/// The cells that the surface passes. Cell (z, y, x) has the voxel (z, y, x) as its last corner and
/// (z - 1, y - 1, x - 1) as its first, so that there is one more along each axis than voxels.
struct SurfaceCells {
  Mask cells;
  std::vector<std::size_t> where;
  std::vector<float> area;
  double total = 0;
};

/// Four neighbouring rows of voxels, any of which may lie beyond the grid (nullptr).
struct Rows {
  std::array<const std::uint8_t*, 4> row{};
  [[nodiscard]] int column(int x) const {
    int bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      if (row[i] != nullptr) bits |= row[i][x] << i;
    }
    return bits;
  }
};

Rows rows_at(const Mask& mask, int z, int y) {
  const auto row = [&](int rz, int ry) {
    const bool there = rz >= 0 && ry >= 0 && rz < mask.grid.size[0] && ry < mask.grid.size[1];
    return there ? mask.voxel.data() + mask.grid.index(rz, ry, 0) : nullptr;
  };
  return {{row(z - 1, y - 1), row(z - 1, y), row(z, y - 1), row(z, y)}};
}

SurfaceCells find_surface(const Mask& mask) {
  const auto areas = cell_areas(mask.grid.step_mm);
  SurfaceCells surface;
  surface.cells.grid = mask.grid;
  for (int& edge_length : surface.cells.grid.size) ++edge_length;
  surface.cells.voxel.assign(surface.cells.grid.voxel_count(), 0);
  const auto& size = surface.cells.grid.size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      const Rows rows = rows_at(mask, z, y);
      const std::size_t first = surface.cells.grid.index(z, y, 0);
      int left = 0;
      for (int x = 0; x < size[2]; ++x) {
        const int right = x + 1 < size[2] ? rows.column(x) : 0;
        const auto code = static_cast<std::size_t>(left | right << 4);
        left = right;
        if (code == 0 || code == 255) continue;
        const std::size_t at = first + static_cast<std::size_t>(x);
        surface.cells.voxel[at] = 1;
        surface.where.push_back(at);
        surface.area.push_back(static_cast<float>(areas[code]));
        surface.total += areas[code];
      }
    }
  }
  return surface;
}

double area_near(const SurfaceCells& of, const SurfaceCells& to, double tolerance_mm) {
  const std::vector<float> distance = distance_mm(to.cells);
  double near = 0;
  for (std::size_t i = 0; i < of.where.size(); ++i) {
    if (distance[of.where[i]] <= tolerance_mm) near += of.area[i];
  }
  return near;
}

}  // namespace

std::array<double, 256> cell_areas(const std::array<double, 3>& step_mm) {
  std::array<double, 256> areas{};
  for (std::size_t code = 1; code < 255; ++code) {
    areas[code] = cell_area(static_cast<int>(code), step_mm);
  }
  return areas;
}

double surface_area(const Mask& mask) { return find_surface(mask).total; }

double surface_dice(const Mask& a, const Mask& b, double tolerance_mm) {
  const SurfaceCells on_a = find_surface(a);
  const SurfaceCells on_b = find_surface(b);
  if (on_a.where.empty() || on_b.where.empty()) return 0;
  // Float distances must not push an element out that is at the tolerance exactly.
  constexpr double kSlack = 1e-5;
  const double near =
      area_near(on_a, on_b, tolerance_mm + kSlack) + area_near(on_b, on_a, tolerance_mm + kSlack);
  return near / (on_a.total + on_b.total);
}

}  // namespace hilum::model::evaluate
