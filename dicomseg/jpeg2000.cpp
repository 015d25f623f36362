#include "dicomseg/jpeg2000.h"

#include <fmt/format.h>
#include <openjpeg.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hilum::dicomseg {
namespace {

using Bytes = std::span<const std::byte>;

Error invalid(std::string reason) { return {ErrorCode::kInvalidInput, std::move(reason)}; }

/// From the start of the codestream on: its first two markers, SOC and SIZ (15444-1 A.4.1, A.5.1).
/// A JP2 file, which DICOM forbids but some writers store, has boxes before it.
std::optional<Bytes> find_codestream(Bytes data) {
  constexpr std::array kStart{std::byte{0xFF}, std::byte{0x4F}, std::byte{0xFF}, std::byte{0x51}};
  constexpr std::size_t kMostBoxes = 4096;
  const Bytes searched = data.first(std::min(data.size(), kMostBoxes));
  const auto found = std::ranges::search(searched, kStart);
  if (found.empty()) return {};
  return data.subspan(static_cast<std::size_t>(found.begin() - searched.begin()));
}

std::uint32_t big_endian_32(Bytes data, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8U | std::to_integer<std::uint32_t>(data[at + i]);
  }
  return value;
}

/// Looks at the SIZ marker segment before the library allocates by it.
Status check_size(Bytes codestream, const ExpectedImage& expected) {
  constexpr std::size_t kSizes = 8;  // behind SOC, SIZ, its length and the capabilities
  constexpr std::uint64_t kMostTiles = 4096;
  if (codestream.size() < kSizes + 32)
    return invalid("the JPEG 2000 codestream ends in its header");
  std::array<std::uint32_t, 8> number{};  // size, offset, tile size, tile offset, each x and y
  for (std::size_t i = 0; i < number.size(); ++i) {
    number[i] = big_endian_32(codestream, kSizes + 4 * i);
  }
  const auto along = [&](std::size_t axis) {
    return static_cast<std::int64_t>(number[axis]) - static_cast<std::int64_t>(number[axis + 2]);
  };
  if (along(0) != expected.columns || along(1) != expected.rows) {
    return invalid(fmt::format("the JPEG 2000 codestream has {} x {} pixels, the data set {} x {}",
                               along(0), along(1), expected.columns, expected.rows));
  }
  std::uint64_t tiles = 1;
  for (const std::size_t axis : {0U, 1U}) {
    const std::uint64_t tile = number[axis + 4];
    if (tile == 0) return invalid("the JPEG 2000 codestream has tiles without pixels");
    tiles *= (static_cast<std::uint64_t>(number[axis]) + tile - 1) / tile;
  }
  if (tiles > kMostTiles) {
    return invalid(fmt::format("the JPEG 2000 codestream has {} tiles, at most {} are read", tiles,
                               kMostTiles));
  }
  return ok();
}

/// OpenJPEG's view of bytes in memory.
struct Reader {
  Bytes data;
  std::size_t at = 0;

  static OPJ_SIZE_T read(void* to, OPJ_SIZE_T count, void* user) {
    auto& self = *static_cast<Reader*>(user);
    const std::size_t left = self.data.size() - self.at;
    if (left == 0) return static_cast<OPJ_SIZE_T>(-1);
    const std::size_t taken = std::min<std::size_t>(count, left);
    std::memcpy(to, self.data.data() + self.at, taken);
    self.at += taken;
    return taken;
  }
  static OPJ_OFF_T skip(OPJ_OFF_T count, void* user) {
    auto& self = *static_cast<Reader*>(user);
    if (count < 0) return -1;
    const std::size_t left = self.data.size() - self.at;
    const auto skipped = std::min<std::size_t>(static_cast<std::size_t>(count), left);
    self.at += skipped;
    return static_cast<OPJ_OFF_T>(skipped);
  }
  static OPJ_BOOL seek(OPJ_OFF_T to, void* user) {
    auto& self = *static_cast<Reader*>(user);
    if (to < 0 || static_cast<std::size_t>(to) > self.data.size()) return OPJ_FALSE;
    self.at = static_cast<std::size_t>(to);
    return OPJ_TRUE;
  }
};

template <auto kDestroy>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
using Stream = std::unique_ptr<opj_stream_t, Deleter<opj_stream_destroy>>;
using Codec = std::unique_ptr<opj_codec_t, Deleter<opj_destroy_codec>>;
using Image = std::unique_ptr<opj_image_t, Deleter<opj_image_destroy>>;

Stream stream_of(Reader& reader) {
  Stream stream(opj_stream_default_create(OPJ_TRUE));
  if (!stream) return stream;
  opj_stream_set_user_data(stream.get(), &reader, nullptr);
  opj_stream_set_user_data_length(stream.get(), reader.data.size());
  opj_stream_set_read_function(stream.get(), Reader::read);
  opj_stream_set_skip_function(stream.get(), Reader::skip);
  opj_stream_set_seek_function(stream.get(), Reader::seek);
  return stream;
}

/// Keeps the first thing that the library complains of: the rest follows from it.
void keep_message(const char* message, void* user) {
  auto& kept = *static_cast<std::string*>(user);
  if (!kept.empty()) return;
  kept = message;
  while (!kept.empty() && (kept.back() == '\n' || kept.back() == ' ')) kept.pop_back();
}

Codec codec_of(std::string& message) {
  Codec codec(opj_create_decompress(OPJ_CODEC_J2K));
  if (!codec) return codec;
  opj_set_error_handler(codec.get(), keep_message, &message);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (opj_setup_decoder(codec.get(), &parameters) == OPJ_FALSE) codec.reset();
#if OPJ_VERSION_MAJOR > 2 || OPJ_VERSION_MINOR >= 5
  // A codestream that ends early is an error, not a picture with a grey end.
  if (codec) opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE);
#endif
  return codec;
}

Status check_component(const opj_image_t& image, const ExpectedImage& expected) {
  if (image.numcomps != 1) {
    return invalid(
        fmt::format("the JPEG 2000 codestream has {} components, CT has 1", image.numcomps));
  }
  const opj_image_comp_t& component = image.comps[0];
  const bool is_signed = expected.format.sign == PixelFormat::Sign::kTwosComplement;
  if ((component.sgnd != 0) != is_signed) {
    return invalid(fmt::format("the JPEG 2000 codestream is {}, Pixel Representation says {}",
                               component.sgnd != 0 ? "signed" : "unsigned",
                               is_signed ? "signed" : "unsigned"));
  }
  if (static_cast<int>(component.prec) > expected.format.bits_allocated) {
    return invalid(fmt::format("the JPEG 2000 codestream has {} bits, Bits Allocated says {}",
                               component.prec, expected.format.bits_allocated));
  }
  return ok();
}

/// Smallest and largest number that Bits Stored has room for. Writers state more bits in the
/// codestream (GDCM: Bits Allocated), which is no harm as long as no pixel needs them.
std::pair<int, int> stored_range(const PixelFormat& format) {
  const int values = 1 << format.bits_stored;
  if (format.sign == PixelFormat::Sign::kUnsigned) return {0, values - 1};
  return {-values / 2, values / 2 - 1};
}

Status copy_pixels(const opj_image_t& image, const ExpectedImage& expected,
                   std::span<std::byte> pixels) {
  const opj_image_comp_t& component = image.comps[0];
  if (component.data == nullptr || component.w != static_cast<OPJ_UINT32>(expected.columns) ||
      component.h != static_cast<OPJ_UINT32>(expected.rows)) {
    return invalid("the JPEG 2000 codestream holds fewer pixels than it says");
  }
  const std::size_t bytes = static_cast<std::size_t>(expected.format.bits_allocated) / 8;
  const std::size_t count = std::size_t{component.w} * component.h;
  const auto [smallest, largest] = stored_range(expected.format);
  for (std::size_t i = 0; i < count; ++i) {
    const int value = std::clamp(component.data[i], smallest, largest);
    if (value != component.data[i] && expected.coding == ExpectedImage::Coding::kLossless) {
      return invalid(fmt::format("a pixel of the JPEG 2000 codestream is {}, Bits Stored is {}",
                                 component.data[i], expected.format.bits_stored));
    }
    const auto pattern = static_cast<std::uint16_t>(value);
    if (bytes == 1) {
      pixels[i] = static_cast<std::byte>(pattern);
    } else {
      std::memcpy(pixels.data() + 2 * i, &pattern, 2);
    }
  }
  return ok();
}

}  // namespace

Status decode_jpeg2000(std::span<const std::byte> data, const ExpectedImage& expected,
                       std::span<std::byte> pixels) {
  const auto codestream = find_codestream(data);
  if (!codestream) return invalid("the pixels are no JPEG 2000 codestream");
  if (auto fits = check_size(*codestream, expected); !fits) return fits;

  Reader reader{*codestream};
  std::string message;
  const auto stream = stream_of(reader);
  const auto codec = codec_of(message);
  if (!stream || !codec) return Error{ErrorCode::kNoSpace, "not enough memory for JPEG 2000"};
  const auto failed = [&] {
    return invalid(fmt::format("the JPEG 2000 codestream cannot be decoded: {}",
                               message.empty() ? "it is damaged or ends early" : message));
  };
  opj_image_t* raw = nullptr;
  const bool header = opj_read_header(stream.get(), codec.get(), &raw) != OPJ_FALSE;
  const Image image(raw);
  if (!header) return failed();
  if (auto agrees = check_component(*image, expected); !agrees) return agrees;
  if (opj_decode(codec.get(), stream.get(), image.get()) == OPJ_FALSE ||
      opj_end_decompress(codec.get(), stream.get()) == OPJ_FALSE) {
    return failed();
  }
  return copy_pixels(*image, expected, pixels);
}

}  // namespace hilum::dicomseg
