#pragma once

#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum {

/// What a destination gets and how, because viewers differ in what they can show. Every value is a
/// choice of the administrator (`[[profile]]`, config/hilum.toml).
struct ViewerProfile {
  enum class Segmentation {
    kBinary,    ///< Segmentation Storage, BINARY: what every reader of segmentations knows
    kLabelMap,  ///< Label Map Segmentation Storage (Sup 243): smaller, for recent readers
    kNone
  };
  enum class Objects { kOne, kPerClass };  ///< one object, or one in a series of its own per class
  enum class Classes { kAsModel, kMerged };  ///< merged: arteries and veins, without sides
  enum class Colours { kArteriesBlue, kArteriesRed };
  enum class EmptyFrames { kOmit, kKeep };  ///< kept: every segment has a frame on every slice
  enum class Encoding { kUncompressed, kDeflated };
  enum class Report { kNone, kSr };  ///< Comprehensive 3D SR, TID 1500
  enum class Pictures {
    kNone,
    kMultiFrame,   ///< one Multi-frame True Color Secondary Capture
    kSingleFrames  ///< single Secondary Captures, for a PACS without multi-frame display
  };

  std::string name = "standard";
  Segmentation segmentation = Segmentation::kBinary;
  Objects objects = Objects::kOne;
  Classes classes = Classes::kAsModel;
  Colours colours = Colours::kArteriesBlue;
  EmptyFrames empty_frames = EmptyFrames::kOmit;
  Encoding encoding = Encoding::kUncompressed;
  Report report = Report::kNone;
  Pictures pictures = Pictures::kNone;

  bool operator==(const ViewerProfile&) const = default;
};

}  // namespace hilum
