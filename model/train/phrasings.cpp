#include "model/train/phrasings.h"

#include <array>

namespace hilum::model::train {
namespace {

using Texts = std::string_view;

constexpr std::array<Texts, 48> kSidedVessel{
    "{s} {a}",
    "{s} {A}",
    "{s} pulmonary {a}",
    "{s} pulmonary {A}",
    "{A} of the {s} lung",
    "{a} of the {s} lung",
    "pulmonary {A} of the {s} lung",
    "{s} lung {a}",
    "{s} lung {A}",
    "{d} tree of the {s} lung",
    "{s} pulmonary {d} tree",
    "pulmonary {a}, {s}",
    "pulmonary {A} on the {s} side",
    "{s}-sided pulmonary {A}",
    "{d} vessels in the {s} lung",
    "{A} within the {s} hemithorax",
    "{A} in the {s} lung",
    "{s} lung: {A}",
    "{A}, {s} lung",
    "{d} vasculature, {s} lung",
    "{d} system of the {s} lung",
    "{s}-lung {d} tree",
    "the {s} {a} and all that it divides into",
    "{a}, pulmonary, {s}",
    "{d} network of the {s} lung",
    "{A} running through the {s} lung",
    "{A} belonging to the {s} lung",
    "{s} {d} tree",
    "{s} lung {d} vessels",
    "{d} vessels, {s}",
    "{s} {d} vessels",
    "lung {A} on the {s}",
    "{s} lung {d} network",
    "{d} ramifications of the {s} lung",
    "small and large {A} of the {s} lung",
    "{A} lying {s}",
    "{s}: pulmonary {A}",
    "{d} part of the {s} pulmonary circulation",
    "{d} blood vessels of the {s} lung",
    "{A} inside the {s} lung",
    "{s} parenchymal {A}",
    "pulmonary {d} vessels on the {s}",
    "{d} lumen in the {s} lung",
    "central and peripheral {A} of the {s} lung",
    "{s} hemithorax, {d} tree",
    "{d} twigs and trunks of the {s} lung",
    "peripheral pulmonary {A}, {s}, with the central ones",
    "each {a} of the {s} lung",
};
constexpr std::array<Texts, 4> kSidedVesselHeldOut{
    "{d} branches of the {s} lung",
    "{s} side {d} vessels",
    "lung {A}, {s} only",
    "{s} intrapulmonary {A}",
};
constexpr std::array<Texts, 36> kVessel{
    "{A}",
    "pulmonary {A}",
    "pulmonary {a}",
    "lung {A}",
    "{A} of the lungs",
    "{A} of both lungs",
    "pulmonary {d} tree",
    "{d} vessels of the lungs",
    "left and right pulmonary {A}",
    "all pulmonary {A}",
    "{A} in both lungs",
    "{A} on both sides",
    "bilateral pulmonary {A}",
    "{d} system of the lungs",
    "{d} vasculature",
    "each pulmonary {a}",
    "{a} tree, left and right",
    "{d} network of the lungs",
    "lung {d} vessels",
    "{d} vessels",
    "{d} ramifications in both lungs",
    "{A} inside the lungs",
    "pulmonary {d} network",
    "small and large {A} of the lungs",
    "pulmonary {d} vessels",
    "{d} tree",
    "{d} blood vessels of the lungs",
    "{d} twigs and trunks in both lungs",
    "central and peripheral pulmonary {A}",
    "parenchymal {A}",
    "{d} part of the pulmonary circulation",
    "{A} running through the lungs",
    "{d} lumen of the lungs",
    "each {a} of both lungs",
    "each {a} in the lungs",
    "all {A}, left and right",
};
constexpr std::array<Texts, 3> kVesselHeldOut{
    "{d} branches in both lungs",
    "every {a} of the lung",
    "intrapulmonary {A}",
};
constexpr std::array<Texts, 21> kSidedAll{
    "all vessels of the {s} lung",
    "vessels of the {s} lung",
    "{s} pulmonary vessels",
    "{s} lung vessels",
    "arteries and veins of the {s} lung",
    "{s} pulmonary arteries and veins",
    "vascular tree of the {s} lung",
    "blood vessels in the {s} lung",
    "all vessels, {s} lung",
    "every vessel of the {s} lung",
    "{s} lung vasculature",
    "vascular network of the {s} lung",
    "{s} lung blood vessels",
    "vessels inside the {s} lung",
    "small and large vessels of the {s} lung",
    "{s} pulmonary circulation",
    "{s} vascular tree",
    "veins together with arteries of the {s} lung",
    "arterial and venous vessels of the {s} lung",
    "complete vessel tree of the {s} lung",
    "vessel ramifications of the {s} lung",
};
constexpr std::array<Texts, 2> kSidedAllHeldOut{
    "whole vasculature of the {s} lung",
    "{s} side pulmonary blood vessels",
};
constexpr std::array<Texts, 22> kAll{
    "vessels",
    "pulmonary vessels",
    "lung vessels",
    "all vessels of the lungs",
    "pulmonary arteries and veins",
    "arteries and veins of both lungs",
    "vascular tree of the lungs",
    "blood vessels of the lungs",
    "pulmonary vasculature",
    "each vessel of both lungs",
    "vessels, left and right lung",
    "vascular network of the lungs",
    "lung blood vessels",
    "vessels inside the lungs",
    "small and large vessels of the lungs",
    "pulmonary circulation",
    "vascular tree",
    "veins together with arteries of the lungs",
    "arterial and venous vessels of the lungs",
    "complete vessel tree of both lungs",
    "vessel ramifications of the lungs",
    "pulmonary blood vessels",
};
constexpr std::array<Texts, 2> kAllHeldOut{"whole vasculature of the lungs",
                                           "every blood vessel in the lungs"};
constexpr std::array<Texts, 11> kAorta{
    "aorta",
    "thoracic aorta",
    "aortic arch and aorta",
    "ascending and descending aorta",
    "main artery of the body",
    "aortic arch",
    "arch of the aorta and its descending part",
    "aortic lumen",
    "descending aorta and aortic arch",
    "great artery from the left ventricle",
    "aorta with its wall",
};
constexpr std::array<Texts, 1> kAortaHeldOut{"aorta of the chest"};
constexpr std::array<Texts, 12> kAirways{
    "airways",
    "airway tree",
    "trachea and bronchi",
    "bronchial tree",
    "tracheobronchial tree",
    "bronchi",
    "trachea with main bronchi",
    "air-filled bronchi",
    "air passages",
    "trachea and airways",
    "airway lumen",
    "bronchus tree",
};
constexpr std::array<Texts, 1> kAirwaysHeldOut{"windpipe and bronchi"};
constexpr std::array<Texts, 14> kHeart{
    "heart",
    "heart with its chambers",
    "cardiac chambers",
    "heart muscle and chambers",
    "cardiac silhouette",
    "heart chambers",
    "heart, all chambers",
    "ventricles and atria",
    "myocardium and chambers",
    "cardiac muscle with its cavities",
    "full heart",
    "heart in total",
    "heart, left and right half",
    "the beating heart",
};
constexpr std::array<Texts, 1> kHeartHeldOut{"whole heart"};
constexpr std::array<Texts, 11> kCava{
    "vena cava",
    "superior vena cava",
    "caval veins",
    "vena cava and brachiocephalic veins",
    "great veins of the mediastinum",
    "upper vena cava",
    "superior caval vein",
    "cava",
    "caval vein and brachiocephalic veins",
    "vein from head and arms to the heart",
    "large body veins in the mediastinum",
};
constexpr std::array<Texts, 1> kCavaHeldOut{"systemic veins of the chest"};

constexpr std::array<Texts, 48> kFrames{
    "{}",
    "{}",
    "the {}",
    "a {}",
    "A computerized tomography of a {}",
    "A computerized tomography of the {}",
    "a computed tomography of the {}",
    "CT of the {}",
    "a chest CT of the {}",
    "CT scan of the {}",
    "CT scan showing the {}",
    "{} on chest CT",
    "segment the {}",
    "segmentation of the {}",
    "mark the {}",
    "find the {}",
    "label map of the {}",
    "show the {} in this scan",
    "a volume rendering of the {}",
    "contour the {}",
    "where is the {}?",
    "slices through the {}",
    "the {} of this patient",
    "I would like to see the {}",
    "highlight the {}",
    "annotate the {} here",
    "in this study: {}",
    "{} only",
    "only the {}",
    "the entire {}",
    "extract the {} from the scan",
    "CT, {}",
    "could you label the {}",
    "a radiograph in three dimensions, {}",
    "result: {}",
    "give every voxel of the {}",
    "colour the {}",
    "paint the {} on the CT",
    "{}, chest CT",
    "the {} on the scan",
    "image of the {}",
    "what belongs to the {}",
    "separate the {} from the rest",
    "trace the {}",
    "voxels of the {}",
    "mask: {}",
    "draw the {} for us",
    "let me have the {}",
};
constexpr std::array<Texts, 4> kHeldOutFrames{
    "an image with the {}",
    "delineate the {}",
    "thorax scan, {}",
    "please outline the {} for me",
};

}  // namespace

Phrasings names_of(Named named) {
  switch (named) {
    case Named::kSidedVessel:
      return {kSidedVessel, kSidedVesselHeldOut};
    case Named::kVessel:
      return {kVessel, kVesselHeldOut};
    case Named::kSidedVessels:
      return {kSidedAll, kSidedAllHeldOut};
    case Named::kVessels:
      return {kAll, kAllHeldOut};
    case Named::kAorta:
      return {kAorta, kAortaHeldOut};
    case Named::kAirways:
      return {kAirways, kAirwaysHeldOut};
    case Named::kHeart:
      return {kHeart, kHeartHeldOut};
    case Named::kVenaCava:
      return {kCava, kCavaHeldOut};
  }
  return {};
}

Phrasings frames() { return {kFrames, kHeldOutFrames}; }

}  // namespace hilum::model::train
