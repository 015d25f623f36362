#pragma once

#include "pipeline/domain/segment_spec.h"

/// Private to dicomseg/: the coded concepts of our reports. Public codes where there are any
/// (PS3.16 CID 7469, 7464, 7462, 244); the designator of our own is kPrivateScheme. A code once
/// written keeps its meaning.
namespace hilum::dicomseg::codes {

inline const CodedConcept kReportTitle{"126000", "DCM", "Imaging Measurement Report"};

inline const CodedConcept kVolume{"118565006", "SCT", "Volume"};
inline const CodedConcept kSumOfVoxels{"126030", "DCM", "Sum of segmented voxel method for volume"};
inline const CodedConcept kAttenuation{"112031", "DCM", "Attenuation Coefficient"};
inline const CodedConcept kMean{"373098007", "SCT", "Mean"};
inline const CodedConcept kStandardDeviation{"386136009", "SCT", "Standard Deviation"};

inline const CodedConcept kCubicCentimetre{"cm3", "UCUM", "cubic centimeter"};
inline const CodedConcept kHounsfieldUnit{"[hnsf'U]", "UCUM", "Hounsfield unit"};
inline const CodedConcept kRatio{"{ratio}", "UCUM", "ratio"};

inline const CodedConcept kLung{"39607008", "SCT", "Lung"};
inline const CodedConcept kLeft{"7771000", "SCT", "Left"};
inline const CodedConcept kRight{"24028007", "SCT", "Right"};

// Ours. (113288,DCM,"Volume Ratio") is a diffusion metric, and no public scheme knows BV5.
inline const CodedConcept kBelow5{"BV5", "99HILUM", "Volume, cross-section below 5 mm2 (BV5)"};
inline const CodedConcept k5To10{"BV5-10", "99HILUM",
                                 "Volume, cross-section 5 to below 10 mm2 (BV5-10)"};
inline const CodedConcept kFrom10{"BV10", "99HILUM", "Volume, cross-section from 10 mm2 (BV>10)"};
inline const CodedConcept kArteryVolume{"ARTERY-VOLUME", "99HILUM", "Pulmonary artery volume"};
inline const CodedConcept kVeinVolume{"VEIN-VOLUME", "99HILUM", "Pulmonary vein volume"};
inline const CodedConcept kArteryVeinRatio{"AV-RATIO", "99HILUM", "Artery to vein volume ratio"};
inline const CodedConcept kLungVolume{"LUNG-VOLUME", "99HILUM", "Lung volume"};
inline const CodedConcept kTotalVolume{"TOTAL-VOLUME", "99HILUM", "Total segmented volume"};
inline const CodedConcept kIntendedUse{"INTENDED-USE", "99HILUM", "Intended use"};
inline const CodedConcept kCrossSectionMethod{"BV-METHOD", "99HILUM", "Volumes by cross-section"};
inline const CodedConcept kChecks{"CHECKS", "99HILUM", "Automatic checks"};
inline const CodedConcept kDoubt{"DOUBT", "99HILUM", "Doubt"};
inline const CodedConcept kSourceNote{"SOURCE-NOTE", "99HILUM", "Note on the source"};

}  // namespace hilum::dicomseg::codes
