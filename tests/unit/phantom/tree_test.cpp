#include "model/phantom/tree.h"

#include <doctest/doctest.h>

#include <set>

#include "model/phantom/coverage.h"
#include "model/phantom/hilum_template.h"

using namespace hilum::phantom;

TEST_CASE("hilar template: every parent, segment and drainage names an existing branch") {
  for (const bool variant : {false, true}) {
    BodyPlan plan{};
    plan.ascending_a2 = plan.middle_lobe_vein = plan.left_common_vein = variant;
    std::set<std::string_view> airways, arteries, veins;
    const auto collect = [](const std::vector<CentralBranch>& branches,
                            std::set<std::string_view>& names) {
      for (const CentralBranch& b : branches) {
        CAPTURE(b.name);
        CHECK((b.parent.empty() || names.contains(b.parent)));
        CHECK(names.insert(b.name).second);
      }
    };
    collect(airway_template(), airways);
    collect(artery_template(), arteries);
    collect(vein_template(plan), veins);
    const std::vector<Segment> segments = segment_table(plan);
    CHECK(segments.size() == 18);
    for (const Segment& s : segments) {
      CAPTURE(s.name);
      CHECK(airways.contains(s.airway));
      CHECK(arteries.contains(s.artery));
      CHECK((side_of(s.lobe) == Side::kLeft) == (s.target.x > 0));
    }
    for (const Drainage& d : drainage_table()) CHECK(veins.contains(d.vein));
  }
}

TEST_CASE("tree: supply adds up towards the root") {
  Tree tree;
  const int root = add_node(tree, {});
  const int fork = add_node(tree, {.parent = root});
  add_node(tree, {.parent = fork, .supply_ml = 2});
  add_node(tree, {.parent = fork, .supply_ml = 3});
  accumulate_supply(tree);
  CHECK(tree[fork].supply_ml == doctest::Approx(5));
  CHECK(tree[root].supply_ml == doctest::Approx(5));
}

TEST_CASE("tree: pieces run without gaps from node to node and taper") {
  Rng rng(1, "none");
  const SmoothField still({1, 50, 60, 0.0}, rng);
  Tree tree;
  add_node(tree, {.position = {0, 0, 0}, .radius_mm = 3});
  add_node(tree, {.position = {10, 0, 0}, .parent = 0, .radius_mm = 2});
  add_node(tree, {.position = {16, 8, 0}, .parent = 1, .radius_mm = 1});
  const std::vector<Piece> pieces = pieces_of(tree, {still, 1}, 0);
  CHECK(length(pieces.front().shape.a) < 1e-9);
  CHECK(length(pieces.back().shape.b - Vec{16, 8, 0}) < 1e-9);
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
    CHECK(length(pieces[i].shape.b - pieces[i + 1].shape.a) < 1e-9);
    CHECK(pieces[i].shape.radius_b <= pieces[i].shape.radius_a);
  }
}

TEST_CASE("coverage: a tube covers its volume, however thin it is") {
  const Lattice grid{40, 24, 24, 1.5, {}};
  const Vec a{9.3, 17.1, 16.8};
  const Vec b{49.6, 18.3, 18.2};
  for (const double radius : {0.4, 0.6, 0.9, 1.5, 3.0}) {
    double covered = 0;
    visit_cone(grid, {a, b, radius, radius}, 0, [&](std::size_t, float distance, float r) {
      covered += edge_coverage(distance - r, 1.5F) * thin_tube_factor(r, 1.5F);
    });
    const double volume = 3.14159 * radius * radius * length(b - a);  // plus the round ends
    CAPTURE(radius);
    CHECK(covered * 1.5 * 1.5 * 1.5 == doctest::Approx(volume).epsilon(0.17));
  }
}
