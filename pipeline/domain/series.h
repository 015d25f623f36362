#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/findings.h"
#include "pipeline/domain/uid.h"
#include "pipeline/domain/virtual_node.h"
#include "pipeline/domain/volume.h"

namespace hilum {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// A series as one of our nodes received it: what is sent to two of our AE titles is two pieces of
/// work that know nothing of each other (adr/0006-virtual-nodes.md).
struct SeriesKey {
  StudyUid study;
  SeriesUid series;
  VirtualNode node{};
  auto operator<=>(const SeriesKey&) const = default;
};

/// One composite instance that lies durably in the spool and was (or is about to be) acknowledged.
struct ReceivedInstance {
  SopInstanceUid sop;
  SopClassUid sop_class;
  TransferSyntaxUid transfer_syntax;
  SeriesKey series;
  std::string calling_ae;  ///< as the sender stated it, printable; empty when unknown
  /// Relative to the spool's directory; empty when its bytes were freed (see retention.h).
  std::filesystem::path file;
  std::uint64_t size_bytes = 0;
  std::string sha256;  ///< of the data set's bytes as received (without the file's meta header)
  Time received_at{};
  /// Number of Series Related Instances (0020,1209) when the sender states it.
  std::optional<int> expected_in_series;
};

/// Names a set of instances of one series: SHA-256 over "SOP-Instance-UID sha256\n" lines sorted by
/// UID. The order of arrival does not matter, any other difference does.
std::string instances_digest(std::vector<ReceivedInstance> instances);

/// What the headers of a series say, as far as the rules need it. Sorted out by
/// `SeriesReader::inspect`; nothing here identifies a patient except possibly `description`, which
/// is never logged.
struct SeriesFacts {
  std::string modality;
  std::string sop_class;  ///< UID of the image class; mixed: that of most instances
  bool sop_class_can_be_segmented = false;
  std::vector<std::string> image_type;  ///< values of (0008,0008)
  std::string description;              ///< (0008,103E)
  std::string body_part;                ///< (0018,0015)
  int slices = 0;                       ///< number of image planes, frames counted
  int rows = 0;
  int columns = 0;
  std::optional<double> slice_spacing_mm;  ///< median distance along the normal
  enum class Orientation { kUnknown, kAxial, kCoronal, kSagittal, kOblique };
  Orientation orientation = Orientation::kUnknown;
};
std::string_view to_string(SeriesFacts::Orientation orientation);

/// An image of a loaded series: where it came from and where it lies.
struct SourceFrame {
  std::filesystem::path file;  ///< absolute
  SopInstanceUid sop;
  SopClassUid sop_class;
  int frame_number = 0;  ///< 1-based in a multi-frame instance; 0 for a single-frame one
  Vec3 position{};       ///< centre of its first voxel, mm, LPS
  int slice = 0;         ///< of the volume
};

/// A series as a volume.
struct LoadedSeries {
  Volume volume;  ///< evenly spaced
  /// Ascending, each on a slice of its own, the first and the last one included. Where images are
  /// missing or unevenly spaced, the volume has slices between them that no image shows: these are
  /// interpolated, and images may lie a little off the slice that shows them.
  std::vector<SourceFrame> frames;
  std::vector<std::string> notes;  ///< what was left out or is unusual, in words for people
  std::vector<Doubt> doubts{};     ///< why a result may be wrong whatever it is

  /// Every slice is an image.
  [[nodiscard]] bool is_even() const {
    return frames.size() == static_cast<std::size_t>(volume.geometry.size[0]);
  }
};

}  // namespace hilum
