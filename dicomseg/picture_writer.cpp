#include "dicomseg/picture_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "dicomseg/part10_file.h"
#include "dicomseg/picture_iod.h"
#include "dicomseg/result_texts.h"

namespace hilum::dicomseg {
namespace {

Status check_titles(std::span<const Picture> pictures) {
  constexpr std::size_t kTitle = 200;
  for (const Picture& picture : pictures) {
    if (auto fits = check_text("a picture's title", picture.title, kTitle); !fits) return fits;
  }
  return ok();
}

Status check_pixels(std::span<const Picture> pictures, ViewerProfile::Pictures kind) {
  if (pictures.empty() || kind == ViewerProfile::Pictures::kNone) {
    return Error{ErrorCode::kInvalidInput, "write pictures: there is nothing to write"};
  }
  const RgbImage& first = pictures.front().image;
  for (const auto& [image, title] : pictures) {
    const auto bytes =
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3;
    if (image.width < 1 || image.height < 1 || image.width > UINT16_MAX ||
        image.height > UINT16_MAX || image.pixels.size() != bytes) {
      return Error{ErrorCode::kInvalidInput, "write pictures: pixels do not fit their size"};
    }
    const bool same = image.width == first.width && image.height == first.height;
    if (kind == ViewerProfile::Pictures::kMultiFrame && !same) {
      return Error{ErrorCode::kInvalidInput, "write pictures: frames have different sizes"};
    }
  }
  return ok();
}

Result<ResultObject> write_object(const PictureInput& input,
                                  const std::filesystem::path& directory) {
  DcmFileFormat format;
  if (auto built = build_picture_object(input, *format.getDataset()); !built) {
    return std::move(built).error();
  }
  const std::filesystem::path file = directory / (input.sop.str() + ".dcm");
  if (auto saved = replace_part10(format, file); !saved) return std::move(saved).error();
  return ResultObject{ResultKind::kPictures, input.request.identity.series("pictures"), input.sop,
                      file};
}

Result<std::vector<ResultObject>> write_or_throw(const ResultRequest& request,
                                                 std::span<const Picture> pictures,
                                                 ViewerProfile::Pictures kind,
                                                 const PictureSeriesOptions& options,
                                                 const std::filesystem::path& directory) {
  auto fit = check_texts(options.series_description, options.equipment, request.model);
  if (fit) fit = check_titles(pictures);
  if (fit) fit = check_pixels(pictures, kind);
  if (!fit) return std::move(fit).error();
  const auto source = read_seg_source(request.source);
  if (!source) return source.error();
  const std::size_t frames =
      kind == ViewerProfile::Pictures::kMultiFrame ? pictures.size() : std::size_t{1};
  std::vector<ResultObject> objects;
  for (std::size_t at = 0; at < pictures.size(); at += frames) {
    const int number = static_cast<int>(objects.size()) + 1;
    const SopInstanceUid sop = request.identity.sop(fmt::format("pictures/{}", number));
    auto object = write_object({.request = request,
                                .options = options,
                                .source = *source,
                                .pictures = pictures.subspan(at, frames),
                                .kind = kind,
                                .number = number,
                                .sop = sop},
                               directory);
    if (!object) return std::move(object).error();
    objects.push_back(std::move(*object));
  }
  return objects;
}

}  // namespace

Result<std::vector<ResultObject>> write_pictures(const ResultRequest& request,
                                                 std::span<const Picture> pictures,
                                                 ViewerProfile::Pictures kind,
                                                 const PictureSeriesOptions& options,
                                                 const std::filesystem::path& directory) {
  try {
    return write_or_throw(request, pictures, kind, options, directory);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, "not enough memory to write the pictures"};
  }
}

}  // namespace hilum::dicomseg
