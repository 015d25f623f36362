#include "model/examine/doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/domain/vessel.h"

namespace hilum::model::examine {
namespace {

/// Less than this in the lungs says nothing about sides: a few stray voxels of an empty class.
constexpr double kTellingMl = 0.5;
/// More than this share of what lies clearly on one side being on the wrong one is "swapped". In
/// the truth of 42 phantoms it is below 1 % and in a mirrored one above 99 %, so all that a lower
/// limit would add is doubt about vessels that cross between the lungs.
constexpr double kSwappedShare = 0.5;
/// Of all voxels. At most 1.4 % in the truth of 42 phantoms, with cut and noisy ones among them.
constexpr double kOutsideShare = 0.05;

// Lung that the volume cuts. At the feet stomach and bowel can hold what is as dense as lung: up to
// 72 cm2 on the left of 30 whole phantoms, with up to 6 cm2 of the right lung, most of it a recess
// that was cut indeed. With 40 mm less at the feet 7 of 8 had more than 15 cm2 of both or 100 in
// all, with 30 mm 4. One lung in its middle has 100 to 150.
constexpr double kCutAtFeetOfBothCm2 = 15;
constexpr double kCutAtFeetCm2 = 100;
/// At the head and the sides of 30 whole phantoms there is none, the trachea included; where the
/// upper 2 cm of the lungs were missing, 55 to 93 cm2. Round fields of view from 200 to 320 mm on
/// three phantoms: 54 to 570 cm2 where they cut the lungs, 1 where the lungs end 6 mm within.
constexpr double kCutElsewhereCm2 = 20;

bool is_cut(const LungAtEnd& at) {
  const double both = at.left_cm2 + at.right_cm2;
  if (at.end != End::kFeet) return both > kCutElsewhereCm2;
  return both > kCutAtFeetCm2 || std::min(at.left_cm2, at.right_cm2) > kCutAtFeetOfBothCm2;
}

std::string_view name_of(End end) {
  switch (end) {
    case End::kFeet:
      return "the feet";
    case End::kHead:
      return "the head";
    case End::kLeft:
      return "the left side";
    case End::kRight:
      return "the right side";
    case End::kBack:
      return "the back";
    case End::kFront:
      return "the front";
    case End::kCircle:
      return "the edge of its round field of view";
  }
  return "one end";
}

/// Printable ASCII without backslash (findings.h): a "?" for each other character.
std::string printable(std::string_view label) {
  constexpr std::size_t kLongest = 64;  // of a Segment Label, and so that sentences stay below 200
  std::string text;
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0U) == 0x80U;  // of a character in UTF-8
    if (continues) continue;
    text += byte >= 0x20 && byte < 0x7F && c != '\\' ? c : '?';
    if (text.size() == kLongest) break;
  }
  return text;
}

/// Judges one result.
class Judge {
 public:
  explicit Judge(const Evidence& evidence) : evidence_(evidence) {
    for (const SegmentMeasures& segment : evidence.segments) {
      voxels_ += segment.voxels;
      millilitres_ += segment.millilitres;
    }
  }

  std::vector<Doubt> judge() {
    if (voxels_ == 0) {
      say(DoubtKind::kNothingFound, "No vessel was found.");
    } else {
      for (std::size_t k = 0; k < evidence_.segments.size(); ++k) sides_swapped(k);
      for (std::size_t k = 0; k < evidence_.segments.size(); ++k) class_missing(k);
      for (std::size_t k = 0; k < evidence_.segments.size(); ++k) implausible_volume(k);
      outside_lungs();
    }
    field_of_view_cut();
    return std::move(doubts_);
  }

 private:
  void say(DoubtKind kind, std::string text) { doubts_.push_back({kind, std::move(text)}); }
  [[nodiscard]] std::string label(std::size_t k) const {
    return printable(evidence_.classes[k].segment.label);
  }
  [[nodiscard]] double voxel_ml() const { return millilitres_ / static_cast<double>(voxels_); }

  void sides_swapped(std::size_t k) {
    const Side side = side_of(evidence_.classes[k].segment);
    if (side == Side::kNone || evidence_.places.empty()) return;
    const SegmentPlace& place = evidence_.places[k + 1];
    const bool left = side == Side::kLeft;
    const auto wrong = static_cast<double>(left ? place.clearly_right : place.clearly_left);
    const auto clear = static_cast<double>(place.clearly_left + place.clearly_right);
    if (clear * voxel_ml() < kTellingMl || wrong <= kSwappedShare * clear) return;
    say(DoubtKind::kSidesSwapped,
        fmt::format("{}: {:.1f} of the {:.1f} mL that are clearly on one side are on the "
                    "patient's {}: sides may be swapped.",
                    label(k), wrong * voxel_ml(), clear * voxel_ml(), left ? "right" : "left"));
  }

  void class_missing(std::size_t k) {
    if (evidence_.segments[k].voxels != 0) return;
    say(DoubtKind::kClassMissing,
        fmt::format("{}: nothing was found, and {:.1f} mL of all others together.", label(k),
                    millilitres_));
  }

  void implausible_volume(std::size_t k) {
    const auto& range = evidence_.classes[k].volume_ml;
    const SegmentMeasures& segment = evidence_.segments[k];
    if (!range || segment.voxels == 0) return;  // what is missing has been said
    const double ml = segment.millilitres;
    if (ml >= range->least && ml <= range->most) return;
    say(DoubtKind::kImplausibleVolume,
        fmt::format("{}: {:.1f} mL, and this model's results hold {:.1f} to {:.1f} mL.", label(k),
                    ml, range->least, range->most));
  }

  void outside_lungs() {
    if (evidence_.places.empty()) return;
    std::uint64_t outside = 0;
    for (const SegmentPlace& place : evidence_.places) outside += place.outside;
    const double share = static_cast<double>(outside) / static_cast<double>(voxels_);
    if (share <= kOutsideShare) return;
    say(DoubtKind::kOutsideLungs,
        fmt::format("{:.0f} % of all vessels ({:.1f} mL) lie neither in a lung nor between them.",
                    100 * share, static_cast<double>(outside) * voxel_ml()));
  }

  void field_of_view_cut() {
    for (const LungAtEnd& end : evidence_.ends) {
      if (!is_cut(end)) continue;
      say(DoubtKind::kFieldOfViewCut,
          fmt::format("The lungs reach the end of the volume at {} ({:.0f} cm2): vessels beyond it "
                      "are not in this result.",
                      name_of(end.end), end.left_cm2 + end.right_cm2));
    }
  }

  const Evidence& evidence_;
  std::uint64_t voxels_ = 0;
  double millilitres_ = 0;
  std::vector<Doubt> doubts_;
};

}  // namespace

std::vector<Doubt> find_doubts(const Evidence& evidence) { return Judge(evidence).judge(); }

}  // namespace hilum::model::examine
