#include "dicomseg/frame_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "dicomseg/nonzero.h"

namespace hilum::dicomseg {
namespace {

/// One frame of a file beside the slice of the label map that it should show.
class FrameComparison {
 public:
  FrameComparison(const Segmentation& seg, std::size_t frame, std::span<const std::uint8_t> slice,
                  const SegmentOfLabel& segment_of)
      : seg_(seg), frame_(frame), slice_(slice), segment_of_(segment_of) {}

  /// False where file and labels differ; `at` is the voxel then. Long and then short runs of
  /// background are passed over.
  bool run(std::vector<VoxelSum>& sums, std::size_t& at) const {
    constexpr std::size_t kLong = 64;
    constexpr std::size_t kShort = 8;
    return each_run(0, slice_.size(), kLong, [&](std::size_t begin, std::size_t end) {
      return each_run(begin, end, kShort, [&](std::size_t first, std::size_t last) {
        for (at = first; at < last; ++at) {
          if (!same(at, sums)) return false;
        }
        return true;
      });
    });
  }

 private:
  /// `visit(begin, end)` for runs of at most `length` voxels that are not background in both.
  template <class Visit>
  bool each_run(std::size_t begin, std::size_t end, std::size_t length, const Visit& visit) const {
    for (std::size_t first = begin; first < end; first += length) {
      const std::size_t last = std::min(first + length, end);
      const bool background =
          all_zero(slice_.subspan(first, last - first)) && nothing_in_file(first, last);
      if (!background && !visit(first, last)) return false;
    }
    return true;
  }
  /// Also false when only a neighbour within the same byte is something.
  [[nodiscard]] bool nothing_in_file(std::size_t first, std::size_t last) const {
    const std::size_t per_byte = seg_.kind == SegPixels::kBits ? 8 : 1;
    const std::size_t begin = (frame_ * slice_.size() + first) / per_byte;
    const std::size_t end = (frame_ * slice_.size() + last - 1) / per_byte + 1;
    return all_zero(std::span(seg_.pixels).subspan(begin, end - begin));
  }
  bool same(std::size_t at, std::vector<VoxelSum>& sums) const {
    const int row = static_cast<int>(at) / seg_.columns;
    const int column = static_cast<int>(at) % seg_.columns;
    const int read = seg_.segment_at(frame_, row, column);
    const int meant = segment_of_[slice_[at]];
    const bool shows_meant =
        seg_.kind == SegPixels::kNumbers || seg_.frames[frame_].segment == meant;
    if (read != (shows_meant ? meant : 0)) return false;
    if (read > 0) sums[static_cast<std::size_t>(read) - 1].add(place(row, column));
    return true;
  }
  /// By the geometry in the file (PS3.3 C.7.6.2.1.1).
  [[nodiscard]] Vec3 place(int row, int column) const {
    Vec3 p = seg_.frames[frame_].position;
    for (std::size_t i = 0; i < 3; ++i) {
      p[i] += seg_.row_cosines[i] * seg_.column_step_mm * column +
              seg_.column_cosines[i] * seg_.row_step_mm * row;
    }
    return p;
  }

  const Segmentation& seg_;
  const std::size_t frame_;
  const std::span<const std::uint8_t> slice_;
  const SegmentOfLabel& segment_of_;
};

}  // namespace

Result<std::vector<VoxelSum>> compare_frames(const Segmentation& seg,
                                             const std::vector<int>& slices, const LabelMap& labels,
                                             const SegLayout& layout) {
  const SegmentOfLabel segment_of = layout.segment_of_label();
  const std::size_t voxels =
      static_cast<std::size_t>(seg.rows) * static_cast<std::size_t>(seg.columns);
  std::vector<VoxelSum> sums(layout.segments.size());
  for (std::size_t f = 0; f < slices.size(); ++f) {
    if (seg.frames[f].segment > static_cast<int>(sums.size())) {
      return Error{ErrorCode::kInvalidInput, fmt::format("frame {} is of no segment", f + 1)};
    }
    const auto slice =
        std::span(labels.label).subspan(static_cast<std::size_t>(slices[f]) * voxels, voxels);
    std::size_t at = 0;
    if (!FrameComparison(seg, f, slice, segment_of).run(sums, at)) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("frame {}, row {}, column {} differs", f + 1,
                               at / static_cast<std::size_t>(seg.columns) + 1,
                               at % static_cast<std::size_t>(seg.columns) + 1)};
    }
  }
  return sums;
}

}  // namespace hilum::dicomseg
