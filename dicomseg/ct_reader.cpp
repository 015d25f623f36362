#include "dicomseg/ct_reader.h"

#include <fmt/format.h>

#include <cmath>
#include <new>
#include <optional>
#include <set>

#include "dicomseg/pixel_source.h"
#include "dicomseg/series_inspector.h"
#include "dicomseg/slice_filling.h"

namespace hilum::dicomseg {
namespace {

/// One plane that goes into the volume.
struct Plane {
  const ImageHeader* header;
  std::size_t frame;  ///< index in header->frames
  [[nodiscard]] const FrameHeader& info() const { return header->frames[frame]; }
};

struct Selection {
  std::vector<Plane> planes;
  std::vector<std::string> notes;
};

Error cancelled() { return {ErrorCode::kCancelled, "reading the series was stopped"}; }

Error invalid(const ImageHeader& header, std::string_view why) {
  return {ErrorCode::kInvalidInput, fmt::format("SOP instance {}: {}", header.sop, why)};
}

void note(std::vector<std::string>& notes, int count, std::string_view what) {
  if (count > 0) notes.push_back(fmt::format("{} {} left out", count, what));
}

Selection select(std::span<const ImageHeader> headers) {
  Selection s;
  int others = 0;
  int repeated = 0;
  int localizers = 0;
  bool other_units = false;
  std::set<std::string> seen;
  for (const auto& header : headers) {
    if (!is_ct_class(header.sop_class) || header.frames.empty()) {
      ++others;
    } else if (!seen.insert(header.sop).second) {
      ++repeated;
    } else {
      for (std::size_t i = 0; i < header.frames.size(); ++i) {
        if (header.frames[i].is_localizer()) {
          ++localizers;
        } else {
          s.planes.push_back({&header, i});
          other_units |= !header.rescale_type.empty() && header.rescale_type != "HU";
        }
      }
    }
  }
  note(s.notes, others, "instance(s) that are no CT image");
  note(s.notes, repeated, "repeated instance(s)");
  note(s.notes, localizers, "localizer plane(s)");
  if (other_units) s.notes.emplace_back("Rescale Type is not HU; values are taken as HU");
  return s;
}

/// Everything that one instance must state for itself or share with the others.
Status check_instance(const ImageHeader& header, const ImageHeader& first) {
  if (header.series != first.series) return invalid(header, "belongs to another series");
  if (header.frame_of_reference.empty()) return invalid(header, "no Frame of Reference UID");
  if (header.frame_of_reference != first.frame_of_reference) {
    return invalid(header, "has another Frame of Reference than the rest of the series");
  }
  if (header.rows > kMaxMatrix || header.columns > kMaxMatrix) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("SOP instance {}: matrix {} x {}, at most {} is read", header.sop,
                             header.rows, header.columns, kMaxMatrix)};
  }
  return ok();
}

Status check_frame(const Plane& plane) {
  const FrameHeader& info = plane.info();
  if (!info.plane) {
    return invalid(*plane.header, "image position, orientation or pixel spacing is missing");
  }
  if (auto sane = check_plane(*info.plane); !sane) {
    return invalid(*plane.header, sane.error().message);
  }
  if (!info.rescale) return invalid(*plane.header, "rescale slope or intercept is missing");
  if (!std::isfinite(info.rescale->slope) || !std::isfinite(info.rescale->intercept) ||
      info.rescale->slope == 0) {
    return invalid(*plane.header, "rescale slope or intercept makes no sense");
  }
  return ok();
}

Result<SliceOrder> order_planes(const std::vector<Plane>& planes) {
  std::vector<SlicePlane> slices;
  slices.reserve(planes.size());
  for (const Plane& plane : planes) {
    if (auto fits = check_instance(*plane.header, *planes.front().header); !fits) {
      return std::move(fits).error();
    }
    if (auto sane = check_frame(plane); !sane) return std::move(sane).error();
    slices.push_back(*plane.info().plane);
  }
  auto order = order_slices(slices);
  if (order && order->geometry.voxel_count() > kMaxVoxels) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("{} slices of {} x {} are more than {} voxels", order->geometry.size[0],
                    order->geometry.size[1], order->geometry.size[2], kMaxVoxels)};
  }
  return order;
}

Status source_frames(const std::vector<Plane>& planes, const SliceOrder& order,
                     LoadedSeries& loaded) {
  for (std::size_t n = 0; n < order.order.size(); ++n) {
    const Plane& plane = planes[order.order[n]];
    const ImageHeader& header = *plane.header;
    auto sop = SopInstanceUid::parse(header.sop);
    if (!sop) return invalid(header, sop.error().message);
    auto sop_class = SopClassUid::parse(header.sop_class);
    if (!sop_class) return invalid(header, sop_class.error().message);
    loaded.frames.push_back({.file = std::filesystem::absolute(header.file),
                             .sop = std::move(*sop),
                             .sop_class = std::move(*sop_class),
                             .frame_number = plane.info().number,
                             .position = plane.info().plane->position,
                             .slice = order.slice[n]});
  }
  auto frame_of_reference = FrameUid::parse(planes.front().header->frame_of_reference);
  if (!frame_of_reference) {
    return invalid(*planes.front().header, frame_of_reference.error().message);
  }
  loaded.volume.geometry.frame = std::move(*frame_of_reference);
  return ok();
}

/// Fills the volume file by file, so that each file is opened once. `slice_of[i]` is the z of
/// planes[i]; planes of one file follow each other.
Status read_pixels(const std::vector<Plane>& planes, const std::vector<int>& slice_of,
                   Volume& volume, const std::stop_token& stop) {
  const std::size_t slice_voxels = static_cast<std::size_t>(volume.geometry.size[1]) *
                                   static_cast<std::size_t>(volume.geometry.size[2]);
  const ImageHeader* open_header = nullptr;
  std::optional<PixelSource> pixels;
  std::optional<HuConversion> conversion;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    if (stop.stop_requested()) return cancelled();
    const ImageHeader& header = *planes[i].header;
    if (open_header != &header) {
      auto opened = PixelSource::open(header);
      if (!opened) return std::move(opened).error();
      if (open_header == nullptr || !(open_header->format == header.format)) {
        conversion.emplace(header.format);
      }
      pixels.emplace(std::move(*opened));
      open_header = &header;
    }
    auto raw = pixels->frame(planes[i].frame);
    if (!raw) return std::move(raw).error();
    const std::size_t start = volume.geometry.index(slice_of[i], 0, 0);
    conversion->convert(*raw, *planes[i].info().rescale,
                        std::span(volume.hu).subspan(start, slice_voxels));
  }
  return ok();
}

/// May throw bad_alloc.
Result<LoadedSeries> read_series(std::span<const std::filesystem::path> files,
                                 const std::stop_token& stop) {
  auto headers = read_headers(files);
  if (!headers) return std::move(headers).error();
  if (stop.stop_requested()) return cancelled();

  Selection selection = select(*headers);
  if (selection.planes.empty()) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("no CT image among {} file(s)", files.size())};
  }
  const auto& planes = selection.planes;
  auto order = order_planes(planes);
  if (!order) return std::move(order).error();

  LoadedSeries loaded;
  loaded.notes = std::move(selection.notes);
  loaded.volume.geometry = order->geometry;
  if (auto named = source_frames(planes, *order, loaded); !named) return std::move(named).error();

  std::vector<int> slice_of(planes.size());
  for (std::size_t n = 0; n < planes.size(); ++n) slice_of[order->order[n]] = order->slice[n];
  loaded.volume.hu.resize(loaded.volume.geometry.voxel_count());
  if (auto read = read_pixels(planes, slice_of, loaded.volume, stop); !read) {
    return std::move(read).error();
  }
  interpolate_between(loaded.volume, order->slice);
  if (!order->unevenness.empty()) {
    loaded.doubts.push_back({DoubtKind::kSlicesMissing, order->unevenness});
  }
  return loaded;
}

}  // namespace

Result<SeriesFacts> CtReader::inspect(std::span<const std::filesystem::path> files) {
  auto headers = read_headers(files);
  if (!headers) return std::move(headers).error();
  return facts_of(*headers);
}

Result<LoadedSeries> CtReader::read(std::span<const std::filesystem::path> files,
                                    std::stop_token stop) {
  try {
    return read_series(files, stop);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, "not enough memory for the volume"};
  }
}

}  // namespace hilum::dicomseg
