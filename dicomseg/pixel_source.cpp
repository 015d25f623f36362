#include "dicomseg/pixel_source.h"

#include <dcmtk/dcmdata/dcfcache.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"
#include "dicomseg/encapsulated_frames.h"
#include "dicomseg/jpeg2000.h"
#include "dicomseg/pixel_decoding.h"
#include "dicomseg/rle.h"

namespace hilum::dicomseg {

struct PixelSource::State {
  std::string name;  ///< of the instance, for messages
  DcmFileFormat file;
  DcmPixelData* pixels = nullptr;  ///< owned by `file`
  DcmFileCache cache;
  std::size_t frame_bytes = 0;
  std::vector<std::byte> buffer;
  Uint32 next_fragment = 0;  ///< of compressed pixels: where frame `next_frame` starts
  std::size_t next_frame = 0;
  std::optional<EncapsulatedFrames> codestreams;  ///< of what DCMTK does not decode
  std::optional<ExpectedImage> expected;          ///< of JPEG 2000; without: RLE
  int bytes_per_pixel = 2;

  Status decode_codestream(std::size_t index);
  Status decode_by_dcmtk(std::size_t index);
};

namespace {

Status check_pixels(const ImageHeader& header) {
  if (header.samples_per_pixel != 1) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("{} samples per pixel, CT has 1", header.samples_per_pixel)};
  }
  return check_format(header.format);
}

Error cannot_be_decoded(const DcmXfer& xfer) {
  return {ErrorCode::kUnsupported, fmt::format("transfer syntax {} ({}) cannot be decoded",
                                               xfer.getXferID(), xfer.getXferName())};
}

}  // namespace

PixelSource::PixelSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
PixelSource::PixelSource(PixelSource&&) noexcept = default;
PixelSource& PixelSource::operator=(PixelSource&&) noexcept = default;
PixelSource::~PixelSource() = default;

std::size_t PixelSource::frame_bytes() const { return state_->frame_bytes; }

Result<PixelSource> PixelSource::open(const ImageHeader& header) {
  const std::string name = "SOP instance " + header.sop;
  if (auto sane = check_pixels(header); !sane) return std::move(sane).error().in(name);

  auto state = std::make_unique<State>();
  state->name = name;
  if (auto loaded = load_lazily(header.file, state->file); !loaded) {
    return std::move(loaded).error().in(name);
  }
  DcmDataset& dataset = *state->file.getDataset();
  const DcmXfer xfer(dataset.getOriginalXfer());
  const PixelDecoding decoding = pixel_decoding(xfer.getXferID());
  if (decoding == PixelDecoding::kImpossible) {
    return cannot_be_decoded(xfer).in(name);
  }
  DcmElement* element = nullptr;
  if (dataset.findAndGetElement(DCM_PixelData, element).bad() ||
      (state->pixels = dynamic_cast<DcmPixelData*>(element)) == nullptr) {
    return Error{ErrorCode::kInvalidInput, name + ": no pixel data"};
  }
  state->frame_bytes = static_cast<std::size_t>(header.rows) *
                       static_cast<std::size_t>(header.columns) *
                       (static_cast<std::size_t>(header.format.bits_allocated) / 8);
  const std::size_t expected = state->frame_bytes * header.frames.size();
  if (decoding == PixelDecoding::kNative && std::size_t{element->getLength()} < expected) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: pixel data is truncated: {} of {} bytes", name,
                             element->getLength(), expected)};
  }
  state->buffer.resize(state->frame_bytes + state->frame_bytes % 2);
  state->bytes_per_pixel = header.format.bits_allocated / 8;
  if (decoding == PixelDecoding::kOpenJpeg || decoding == PixelDecoding::kRle) {
    auto codestreams = EncapsulatedFrames::of(*state->pixels, header.frames.size());
    if (!codestreams) return std::move(codestreams).error().in(name);
    state->codestreams = std::move(*codestreams);
  }
  if (decoding == PixelDecoding::kOpenJpeg) {
    state->expected = ExpectedImage{.rows = header.rows,
                                    .columns = header.columns,
                                    .format = header.format,
                                    .coding = is_lossless_jpeg2000(xfer.getXferID())
                                                  ? ExpectedImage::Coding::kLossless
                                                  : ExpectedImage::Coding::kPerhapsLossy};
  }
  return PixelSource(std::move(state));
}

Status PixelSource::State::decode_codestream(std::size_t index) {
  auto codestream = codestreams->frame(index);
  if (!codestream) return std::move(codestream).error();
  const auto into = std::span(buffer).first(frame_bytes);
  return expected ? decode_jpeg2000(*codestream, *expected, into)
                  : decode_rle(*codestream, bytes_per_pixel, into);
}

Status PixelSource::State::decode_by_dcmtk(std::size_t index) {
  // 0 lets the codec look the fragment up (offset table, or one fragment per frame).
  Uint32 fragment = index == next_frame ? next_fragment : 0;
  OFString color_model;
  const OFCondition read = pixels->getUncompressedFrame(
      file.getDataset(), static_cast<Uint32>(index), fragment, buffer.data(),
      static_cast<Uint32>(buffer.size()), color_model, &cache);
  if (read.bad()) return to_error(read, ErrorCode::kInvalidInput, "decode");
  next_frame = index + 1;
  next_fragment = fragment;
  return ok();
}

Result<std::span<const std::byte>> PixelSource::frame(std::size_t index) {
  State& s = *state_;
  if (auto decoded = s.codestreams ? s.decode_codestream(index) : s.decode_by_dcmtk(index);
      !decoded) {
    return std::move(decoded).error().in(
        fmt::format("{}: pixels of frame {} cannot be read", s.name, index + 1));
  }
  return std::span<const std::byte>(s.buffer).first(s.frame_bytes);
}

}  // namespace hilum::dicomseg
