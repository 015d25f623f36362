#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicomseg/hu_conversion.h"
#include "dicomseg/slice_order.h"
#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

inline constexpr std::string_view kCtImageStorage = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr std::string_view kEnhancedCtImageStorage = "1.2.840.10008.5.1.4.1.1.2.1";
inline constexpr std::string_view kLegacyConvertedEnhancedCtImageStorage =
    "1.2.840.10008.5.1.4.1.1.2.2";

/// Whether images of this SOP class can be read as a CT volume.
bool is_ct_class(std::string_view sop_class);

/// One plane of an image instance.
struct FrameHeader {
  int number = 0;                   ///< 1-based in a multi-frame instance; 0 for a single-frame one
  std::optional<SlicePlane> plane;  ///< absent when position, orientation or spacing is missing
  std::optional<Rescale> rescale;
  std::vector<std::string> image_type;  ///< of the frame, or of the instance
  [[nodiscard]] bool is_localizer() const;
};

/// What the header of one file says. Strings are as in the file; nothing is validated yet, except
/// that numbers are numbers.
struct ImageHeader {
  std::filesystem::path file;
  std::string sop;
  std::string sop_class;
  std::string transfer_syntax;
  std::string study;
  std::string series;
  std::string frame_of_reference;
  std::string modality;
  std::string description;
  std::string body_part;
  std::string rescale_type;
  std::vector<std::string> image_type;
  int rows = 0;
  int columns = 0;
  int samples_per_pixel = 0;
  PixelFormat format;
  std::vector<FrameHeader> frames;  ///< empty for instances that are no images
};

inline constexpr long kMaxFrames = 10'000;  ///< of one instance

/// Reads the header of one file, functional groups (PS3.3 C.7.6.16) included. Fails as
/// `load_header`, and with kUnsupported when the instance states more than kMaxFrames frames.
Result<ImageHeader> read_image_header(const std::filesystem::path& file);

}  // namespace hilum::dicomseg
