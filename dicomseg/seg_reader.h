#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/series.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

/// One item of the Segment Sequence (PS3.3 C.8.20.4).
struct SegSegment {
  int number = 0;                         ///< (0062,0004)
  SegmentSpec spec;                       ///< label, codes; rgb from the recommended CIELab value
  std::string description;                ///< (0062,0006)
  std::string algorithm_name;             ///< (0062,0009)
  std::string tracking_uid;               ///< (0062,0021)
  std::array<std::uint16_t, 3> cielab{};  ///< (0062,000D)
};

/// The functional groups of one frame.
struct SegFrameInfo {
  int segment = 0;                           ///< Referenced Segment Number; 0 in a label map
  Vec3 position{};                           ///< Image Position (Patient), mm, LPS
  std::array<std::string, 3> position_text;  ///< the same as written
  std::vector<std::uint32_t> dimension_indices;
  std::string source_sop;  ///< first item of the first Source Image Sequence; may be empty
  int source_frame = 0;    ///< its Referenced Frame Number; 0 when absent
};

/// How the frames of a segmentation hold their segments.
enum class SegPixels {
  kBits,    ///< BINARY: one bit per voxel, each frame of one segment
  kNumbers  ///< LABELMAP: a byte per voxel, the Segment Number
};

/// A segmentation as read from a file, with its pixels as they are there.
struct Segmentation {
  std::string sop;
  std::string study;
  std::string series;
  std::string frame_of_reference;
  std::string referenced_series;               ///< of the first item; may be empty
  std::set<std::string> referenced_instances;  ///< of that series
  int rows = 0;
  int columns = 0;
  Vec3 row_cosines{};
  Vec3 column_cosines{};
  double row_step_mm = 0;
  double column_step_mm = 0;
  std::vector<SegSegment> segments;
  std::vector<SegFrameInfo> frames;
  SegPixels kind = SegPixels::kBits;
  /// As in Pixel Data; bits with the least significant first, frames unaligned.
  std::vector<std::uint8_t> pixels;

  /// The segment there; 0: none. Precondition: frame < frames.size(), 0 <= row < rows,
  /// 0 <= column < columns.
  [[nodiscard]] int segment_at(std::size_t frame, int row, int column) const;
};

/// Reads a segmentation, binary or a label map of 8 bits, with one orientation and pixel spacing.
/// It shares nothing with the writer, so that each can be checked against the other.
/// kUnsupported for other kinds of segmentation, kInvalidInput for incomplete ones.
Result<Segmentation> read_seg(const std::filesystem::path& file);

/// How far a frame may lie from its image, in millimetres: of a segmentation that was made in the
/// source's own words.
inline constexpr double kPlacementToleranceMm = 0.01;
/// Share of the slice spacing by which a frame may lie off its image beyond that: many write the
/// places of an even stack, however the scanner rounded them.
inline constexpr double kForeignPlacementTolerance = 0.1;

/// For each frame the image of `series` that it lies on, an index into its frames. kInvalidInput
/// when the matrix, an orientation step or a position differs by more than `tolerance_mm`.
Result<std::vector<std::size_t>> images_of_frames(const Segmentation& seg,
                                                  const LoadedSeries& series, double tolerance_mm);

/// Labels on a grid, and how many voxels two segments claimed.
struct PlacedLabels {
  LabelMap map;
  std::uint64_t overlapping = 0;
};

/// Puts the frames of some segments onto the images of `series`, as labels on its grid: segment
/// number n becomes `label_of[n]`, 0 or a number beyond the end leaves it out. Where two claim a
/// voxel the smaller label stays and the voxel counts as overlapping. Slices that no image shows
/// have the labels of the nearest that one does. Errors as of `place_on`, but for the overlap.
Result<PlacedLabels> place_segments(const Segmentation& seg, const LoadedSeries& series,
                                    std::span<const std::uint8_t> label_of);

/// The same of all segments; label = segment number. kInvalidInput when the matrix, an orientation
/// step or a position differs by more than kPlacementToleranceMm or, of a position,
/// kForeignPlacementTolerance, or when two segments claim the same voxel.
Result<LabelMap> place_on(const Segmentation& seg, const LoadedSeries& series);

}  // namespace hilum::dicomseg
