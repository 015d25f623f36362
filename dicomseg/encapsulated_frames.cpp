#include "dicomseg/encapsulated_frames.h"

#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "dicomseg/dcmtk_error.h"

namespace hilum::dicomseg {
namespace {

Error invalid(std::string reason) { return {ErrorCode::kInvalidInput, std::move(reason)}; }

/// Offsets of the frames from the first fragment's item on; empty when there is no usable table.
std::vector<std::uint32_t> offset_table(DcmPixelSequence& fragments, std::size_t frames) {
  DcmPixelItem* table = nullptr;
  Uint8* bytes = nullptr;
  if (fragments.getItem(table, 0).bad() || table->getLength() < 4 * frames ||
      table->getUint8Array(bytes).bad() || bytes == nullptr) {
    return {};
  }
  std::vector<std::uint32_t> offsets(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    for (std::size_t byte = 4; byte-- > 0;) offsets[i] = offsets[i] << 8U | bytes[4 * i + byte];
  }
  return offsets;
}

/// The item at each of `offsets`; nothing when one of them is not where a fragment begins.
std::optional<std::vector<unsigned long>> items_at(DcmPixelSequence& fragments,
                                                   const std::vector<std::uint32_t>& offsets) {
  constexpr std::uint64_t kItemHeader = 8;
  std::vector<unsigned long> items;
  std::uint64_t position = 0;
  for (unsigned long item = 1; item < fragments.card() && items.size() < offsets.size(); ++item) {
    DcmPixelItem* fragment = nullptr;
    if (fragments.getItem(fragment, item).bad()) return {};
    if (offsets[items.size()] == position) items.push_back(item);
    position += kItemHeader + fragment->getLength();
  }
  if (offsets.empty() || items.size() != offsets.size()) return {};
  return items;
}

}  // namespace

Result<EncapsulatedFrames> EncapsulatedFrames::of(DcmPixelData& pixels, std::size_t frames) {
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* fragments = nullptr;
  pixels.getOriginalRepresentationKey(syntax, parameter);
  if (pixels.getEncapsulatedRepresentation(syntax, parameter, fragments).bad() ||
      fragments == nullptr || fragments->card() < 2) {
    return invalid("the pixels are not in fragments");
  }
  const unsigned long end = fragments->card();  // the first item is the offset table
  std::vector<unsigned long> first;
  if (frames == 1) {
    first = {1};
  } else if (end - 1 == frames) {
    for (unsigned long item = 1; item < end; ++item) first.push_back(item);
  } else if (auto items = items_at(*fragments, offset_table(*fragments, frames)); items) {
    first = std::move(*items);
  } else {
    return invalid(fmt::format("{} frames are in {} fragments and no offset table tells which",
                               frames, end - 1));
  }
  first.push_back(end);
  return EncapsulatedFrames(*fragments, std::move(first));
}

Result<std::vector<std::byte>> EncapsulatedFrames::frame(std::size_t index) {
  if (index + 1 >= first_.size()) return invalid(fmt::format("there is no frame {}", index + 1));
  std::vector<std::byte> bytes;
  for (unsigned long item = first_[index]; item < first_[index + 1]; ++item) {
    DcmPixelItem* fragment = nullptr;
    Uint8* data = nullptr;
    OFCondition read = fragments_->getItem(fragment, item);
    if (read.good()) read = fragment->getUint8Array(data);
    if (read.bad()) return to_error(read, ErrorCode::kInvalidInput, "read a fragment");
    const auto* from = reinterpret_cast<const std::byte*>(data);
    if (data != nullptr) bytes.insert(bytes.end(), from, from + fragment->getLength());
    // What stays in the file until it is asked for may go back there.
    fragment->compact();
  }
  return bytes;
}

}  // namespace hilum::dicomseg
