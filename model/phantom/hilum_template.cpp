#include "model/phantom/hilum_template.h"

namespace hilum::phantom {

using enum Side;
using enum Lobe;

const std::vector<CentralBranch>& airway_template() {
  static const std::vector<CentralBranch> branches{
      {"trachea", "", kNone, {{0, -14, 150}, {0, -12, 80}, {0, -8, 40}, {0, -2, 10}, {0, 0, 0}}},
      {"right main", "trachea", kRight, {{-12, 2, -8}, {-24, 4, -16}}},
      {"right upper", "right main", kRight, {{-32, 4, -11}, {-40, 4, -8}}},
      {"intermediate", "right main", kRight, {{-28, 4, -28}, {-30, 3, -40}}},
      {"middle", "intermediate", kRight, {{-36, -7, -44}, {-44, -18, -49}}},
      {"right B6", "intermediate", kRight, {{-33, 9, -46}}},
      {"right B7", "right B6", kRight, {{-38, 16, -64}}},
      {"right B8", "right B7", kRight, {{-42, 20, -72}}},
      {"right B9", "right B8", kRight, {{-44, 24, -76}}},
      {"right B10", "right B9", kRight, {{-43, 28, -80}}},
      {"left main", "trachea", kLeft, {{12, 3, -8}, {26, 7, -17}, {40, 10, -24}}},
      {"left upper", "left main", kLeft, {{50, 4, -22}}},
      {"upper division", "left upper", kLeft, {{56, 0, -15}, {58, -1, -10}}},
      {"lingular", "left upper", kLeft, {{58, -8, -30}, {66, -20, -38}}},
      {"left B6", "left main", kLeft, {{43, 16, -33}}},
      {"left B8", "left B6", kLeft, {{47, 20, -50}, {50, 24, -66}}},
      {"left B9", "left B8", kLeft, {{51, 27, -70}}},
      {"left B10", "left B9", kLeft, {{50, 30, -74}}},
  };
  return branches;
}

const std::vector<CentralBranch>& artery_template() {
  static const std::vector<CentralBranch> branches{
      {"right pulmonary",
       "",
       kRight,
       {{17, -26, -13}, {6, -22, -17}, {-10, -18, -20}, {-24, -15, -21}}},
      {"truncus anterior", "right pulmonary", kRight, {{-34, -10, -13}, {-42, -7, -6}}},
      {"right interlobar", "right pulmonary", kRight, {{-37, -9, -24}, {-44, 0, -34}}},
      {"middle", "right interlobar", kRight, {{-47, -8, -42}}},
      {"right A6", "right interlobar", kRight, {{-45, 7, -42}}},
      {"right A7", "right A6", kRight, {{-46, 13, -62}}},
      {"right A8", "right A7", kRight, {{-50, 18, -71}}},
      {"right A9", "right A8", kRight, {{-52, 24, -75}}},
      {"right A10", "right A9", kRight, {{-50, 29, -80}}},
      {"left pulmonary", "", kLeft, {{17, -26, -13}, {24, -16, -8}, {34, -4, -3}}},
      {"left arch", "left pulmonary", kLeft, {{44, 9, -2}}},
      {"left interlobar", "left arch", kLeft, {{52, 19, -12}, {54, 21, -26}}},
      {"lingular", "left interlobar", kLeft, {{60, 8, -34}, {65, -8, -37}}},
      {"left A8", "left interlobar", kLeft, {{56, 22, -45}, {57, 24, -63}}},
      {"left A9", "left A8", kLeft, {{59, 28, -68}}},
      {"left A10", "left A9", kLeft, {{57, 33, -73}}},
  };
  return branches;
}

std::vector<CentralBranch> vein_template(const BodyPlan& plan) {
  std::vector<CentralBranch> branches{
      {"right superior", "", kRight, {{-18, -2, -39}, {-28, -9, -37}, {-38, -17, -31}}},
      {"right upper", "right superior", kRight, {{-46, -23, -18}}},
      {"right inferior", "", kRight, {{-18, 10, -56}, {-27, 14, -58}, {-35, 18, -61}}},
  };
  if (plan.middle_lobe_vein) {
    branches.push_back({"middle", "", kRight, {{-20, -6, -48}, {-36, -10, -48}, {-48, -27, -52}}});
  } else {
    branches.push_back({"middle", "right superior", kRight, {{-47, -28, -46}}});
  }
  if (plan.left_common_vein) {
    branches.push_back({"left common", "", kLeft, {{28, 4, -42}, {35, 5, -40}}});
    branches.push_back({"left superior", "left common", kLeft, {{39, -5, -31}, {45, -14, -21}}});
    branches.push_back({"left inferior", "left common", kLeft, {{40, 16, -48}, {45, 23, -53}}});
  } else {
    branches.push_back(
        {"left superior", "", kLeft, {{28, -2, -34}, {36, -8, -28}, {44, -14, -21}}});
    branches.push_back({"left inferior", "", kLeft, {{28, 10, -50}, {36, 16, -51}, {44, 23, -53}}});
  }
  branches.push_back({"left upper", "left superior", kLeft, {{52, -19, -9}}});
  branches.push_back({"lingular", "left superior", kLeft, {{56, -28, -34}}});
  return branches;
}

const std::vector<Vec>& trunk_path() {
  static const std::vector<Vec> path{
      {18, -58, -58}, {21, -50, -40}, {20, -38, -22}, {17, -26, -13}};
  return path;
}

std::vector<Segment> segment_table(const BodyPlan& plan) {
  const std::string_view a2 = plan.ascending_a2 ? "right interlobar" : "truncus anterior";
  const std::string_view lingular =
      plan.mediastinal_lingular_artery ? "left pulmonary" : "lingular";
  std::vector<Segment> segments{
      {"R1", kRightUpper, "right upper", "truncus anterior", {-52, 4, 22}, false},
      {"R2", kRightUpper, "right upper", a2, {-62, 26, 0}, false},
      {"R3", kRightUpper, "right upper", "truncus anterior", {-60, -24, -8}, false},
      {"R4", kRightMiddle, "middle", "middle", {-78, -28, -58}, false},
      {"R5", kRightMiddle, "middle", "middle", {-58, -50, -66}, false},
      {"R6", kRightLower, "right B6", "right A6", {-52, 40, -40}, false},
      {"R7", kRightLower, "right B7", "right A7", {-36, 10, -88}, false},
      {"R8", kRightLower, "right B8", "right A8", {-70, 0, -92}, false},
      {"R9", kRightLower, "right B9", "right A9", {-76, 28, -96}, false},
      {"R10", kRightLower, "right B10", "right A10", {-56, 52, -100}, false},
      {"L1+2", kLeftUpper, "upper division", "left arch", {62, 16, 26}, false},
      {"L3", kLeftUpper, "upper division", "left pulmonary", {70, -32, 0}, false},
      {"L4", kLeftUpper, "lingular", lingular, {86, -30, -46}, true},
      {"L5", kLeftUpper, "lingular", lingular, {72, -50, -64}, true},
      {"L6", kLeftLower, "left B6", "left interlobar", {62, 46, -28}, false},
      {"L8", kLeftLower, "left B8", "left A8", {78, 4, -90}, false},
      {"L9", kLeftLower, "left B9", "left A9", {82, 32, -94}, false},
      {"L10", kLeftLower, "left B10", "left A10", {62, 54, -98}, false},
  };
  if (plan.missing_segment >= 0) segments.erase(segments.begin() + plan.missing_segment);
  return segments;
}

const std::vector<Drainage>& drainage_table() {
  using enum Drainage::Part;
  static const std::vector<Drainage> table{
      {"right upper", kRightUpper, kWholeLobe},    {"middle", kRightMiddle, kWholeLobe},
      {"right inferior", kRightLower, kWholeLobe}, {"left upper", kLeftUpper, kAllButLingula},
      {"lingular", kLeftUpper, kLingula},          {"left inferior", kLeftLower, kWholeLobe},
  };
  return table;
}

}  // namespace hilum::phantom
