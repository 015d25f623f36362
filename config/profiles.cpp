#include "config/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hilum::config {
namespace {

/// The words of the configuration for the values of a choice. The first one is the default.
template <class Value, std::size_t N>
using Words = std::array<std::pair<std::string_view, Value>, N>;

using P = ViewerProfile;
constexpr Words<P::Segmentation, 3> kSegmentations{{{"binary", P::Segmentation::kBinary},
                                                    {"labelmap", P::Segmentation::kLabelMap},
                                                    {"none", P::Segmentation::kNone}}};
constexpr Words<P::Objects, 2> kObjects{
    {{"one", P::Objects::kOne}, {"per-class", P::Objects::kPerClass}}};
constexpr Words<P::Classes, 2> kClasses{
    {{"model", P::Classes::kAsModel}, {"merged", P::Classes::kMerged}}};
constexpr Words<P::Colours, 2> kColours{
    {{"arteries-blue", P::Colours::kArteriesBlue}, {"arteries-red", P::Colours::kArteriesRed}}};
constexpr Words<P::EmptyFrames, 2> kEmptyFrames{
    {{"omit", P::EmptyFrames::kOmit}, {"keep", P::EmptyFrames::kKeep}}};
constexpr Words<P::Encoding, 2> kEncodings{
    {{"uncompressed", P::Encoding::kUncompressed}, {"deflated", P::Encoding::kDeflated}}};
constexpr Words<P::Report, 2> kReports{{{"none", P::Report::kNone}, {"sr", P::Report::kSr}}};
constexpr Words<P::Pictures, 3> kPictures{{{"none", P::Pictures::kNone},
                                           {"multi-frame", P::Pictures::kMultiFrame},
                                           {"single-frames", P::Pictures::kSingleFrames}}};
constexpr Words<DoubtKind, 7> kDoubts{{{"nothing-found", DoubtKind::kNothingFound},
                                       {"class-missing", DoubtKind::kClassMissing},
                                       {"sides-swapped", DoubtKind::kSidesSwapped},
                                       {"implausible-volume", DoubtKind::kImplausibleVolume},
                                       {"outside-lungs", DoubtKind::kOutsideLungs},
                                       {"field-of-view-cut", DoubtKind::kFieldOfViewCut},
                                       {"slices-missing", DoubtKind::kSlicesMissing}}};

template <class Value, std::size_t N>
void read_choice(Section& in, const std::string& key, const Words<Value, N>& words, Value& value) {
  std::array<std::string_view, N> allowed;
  std::ranges::transform(words, allowed.begin(), [](const auto& word) { return word.first; });
  std::string chosen(words.front().first);
  in.choice(key, chosen, allowed);
  value = std::ranges::find(words, chosen, [](const auto& word) { return word.first; })->second;
}

ViewerProfile read_profile(Section in) {
  ViewerProfile profile;
  in.required_text("name", profile.name);
  read_choice(in, "segmentation", kSegmentations, profile.segmentation);
  read_choice(in, "objects", kObjects, profile.objects);
  read_choice(in, "classes", kClasses, profile.classes);
  read_choice(in, "colours", kColours, profile.colours);
  read_choice(in, "empty_frames", kEmptyFrames, profile.empty_frames);
  read_choice(in, "encoding", kEncodings, profile.encoding);
  read_choice(in, "report", kReports, profile.report);
  read_choice(in, "pictures", kPictures, profile.pictures);
  const bool no_segmentation = profile.segmentation == P::Segmentation::kNone;
  if (no_segmentation && profile.report != P::Report::kNone) {
    in.problem("report", "is \"sr\", which refers to segments, but segmentation is \"none\"");
  }
  if (no_segmentation && profile.pictures == P::Pictures::kNone) {
    in.problem("pictures", "is \"none\" and so is segmentation: nothing would be sent");
  }
  return profile;
}

}  // namespace

std::vector<ViewerProfile> read_profiles(const std::vector<Section>& in) {
  std::vector<ViewerProfile> profiles;
  for (Section section : in) {
    ViewerProfile profile = read_profile(section);
    if (std::ranges::find(profiles, profile.name, &ViewerProfile::name) != profiles.end()) {
      section.problem("name", fmt::format("'{}' is the name of another profile", profile.name));
    }
    profiles.push_back(std::move(profile));
  }
  const ViewerProfile standard;
  if (std::ranges::find(profiles, standard.name, &ViewerProfile::name) == profiles.end()) {
    profiles.insert(profiles.begin(), standard);
  }
  return profiles;
}

void check_profiles(std::vector<Section> in, const std::vector<Peer>& peers,
                    const std::vector<ViewerProfile>& profiles) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const std::string& name = peers[i].profile;
    if (std::ranges::find(profiles, name, &ViewerProfile::name) != profiles.end()) continue;
    in[i].problem("profile", fmt::format("is '{}'; there is no [[profile]] with this name", name));
  }
}

void read_hold(Section& in, std::vector<DoubtKind>& hold) {
  std::vector<std::string> names;
  in.list("hold", names);
  for (const std::string& name : names) {
    const auto known =
        std::ranges::find(kDoubts, name, [](const auto& word) { return word.first; });
    if (known != kDoubts.end()) {
      hold.push_back(known->second);
      continue;
    }
    std::string all;
    for (const auto& [word, kind] : kDoubts)
      all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", word);
    in.problem("hold", fmt::format("has '{}'; it may have {}", name, all));
  }
}

}  // namespace hilum::config
