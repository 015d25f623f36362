#include "dicomseg/pixel_source.h"

#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcfcache.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <fmt/format.h>

#include <vector>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"

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
};

namespace {

Status check_pixels(const ImageHeader& header) {
  if (header.samples_per_pixel != 1) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("{} samples per pixel, CT has 1", header.samples_per_pixel)};
  }
  return check_format(header.format);
}

Status check_transfer_syntax(E_TransferSyntax syntax) {
  const DcmXfer xfer(syntax);
  if (!xfer.isEncapsulated() || DcmCodecList::canChangeCoding(syntax, EXS_LittleEndianExplicit)) {
    return ok();
  }
  return Error{ErrorCode::kUnsupported, fmt::format("transfer syntax {} ({}) cannot be decoded",
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
  if (auto known = check_transfer_syntax(dataset.getOriginalXfer()); !known) {
    return std::move(known).error().in(name);
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
  if (!DcmXfer(dataset.getOriginalXfer()).isEncapsulated() &&
      std::size_t{element->getLength()} < expected) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}: pixel data is truncated: {} of {} bytes", name,
                             element->getLength(), expected)};
  }
  state->buffer.resize(state->frame_bytes + state->frame_bytes % 2);
  return PixelSource(std::move(state));
}

Result<std::span<const std::byte>> PixelSource::frame(std::size_t index) {
  State& s = *state_;
  // 0 lets the codec look the fragment up (offset table, or one fragment per frame).
  Uint32 fragment = index == s.next_frame ? s.next_fragment : 0;
  OFString color_model;
  const OFCondition read = s.pixels->getUncompressedFrame(
      s.file.getDataset(), static_cast<Uint32>(index), fragment, s.buffer.data(),
      static_cast<Uint32>(s.buffer.size()), color_model, &s.cache);
  if (read.bad()) {
    return to_error(read, ErrorCode::kInvalidInput,
                    fmt::format("{}: pixels of frame {} cannot be read", s.name, index + 1));
  }
  s.next_frame = index + 1;
  s.next_fragment = fragment;
  return std::span<const std::byte>(s.buffer).first(s.frame_bytes);
}

}  // namespace hilum::dicomseg
