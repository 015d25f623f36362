#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "dicomseg/image_header.h"
#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// The pixels of one open image file, frame by frame; compressed ones are decoded. Keeps at most
/// one frame in memory for native transfer syntaxes other than deflated. Not thread-safe.
class PixelSource {
 public:
  /// Opens `header.file` and checks that its pixels can be read: one sample per pixel, a known
  /// layout and transfer syntax, Pixel Data present and not shorter than the header promises.
  /// Messages name the SOP instance.
  static Result<PixelSource> open(const ImageHeader& header);

  PixelSource(PixelSource&&) noexcept;
  PixelSource& operator=(PixelSource&&) noexcept;
  ~PixelSource();

  [[nodiscard]] std::size_t frame_bytes() const;
  /// Frame `index` (0-based) as native-endian stored pixels; valid until the next call.
  Result<std::span<const std::byte>> frame(std::size_t index);

 private:
  struct State;
  explicit PixelSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hilum::dicomseg
