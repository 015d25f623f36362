#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace hilum::test {

enum class Endian { kLittle, kBig };

/// A NIfTI-1 file made byte by byte, at the offsets that the standard gives, without the library.
class RawNifti {
 public:
  explicit RawNifti(Endian endian = Endian::kLittle) : endian_(endian), bytes_(352, '\0') {
    set<std::int32_t>(0, 348);
    bytes_.replace(344, 4, std::string("n+1\0", 4));
    set<float>(108, 352.0F);  // vox_offset
  }

  template <class T>
  RawNifti& set(std::size_t offset, T value) {
    const std::string raw = encoded(value);
    if (bytes_.size() < offset + raw.size()) bytes_.resize(offset + raw.size());
    bytes_.replace(offset, raw.size(), raw);
    return *this;
  }
  RawNifti& dims(std::array<int, 3> ijk) {
    set<std::int16_t>(40, 3);
    for (std::size_t i = 0; i < 3; ++i) {
      set(42 + 2 * i, static_cast<std::int16_t>(ijk[i]));
      set(80 + 4 * i, 1.0F);
    }
    return *this;
  }
  RawNifti& type(int code, int bits) {
    return set(70, static_cast<std::int16_t>(code)).set(72, static_cast<std::int16_t>(bits));
  }
  RawNifti& scale(float slope, float intercept) { return set(112, slope).set(116, intercept); }
  RawNifti& sform(const std::array<float, 12>& rows) {
    set<std::int16_t>(254, 1);
    for (std::size_t i = 0; i < 12; ++i) set(280 + 4 * i, rows[i]);
    return *this;
  }
  /// Quaternion (b, c, d), offset (x, y, z), steps (i, j, k) with qfac in front.
  RawNifti& qform(const std::array<float, 6>& q, const std::array<float, 4>& pixdim) {
    set<std::int16_t>(252, 1);
    for (std::size_t i = 0; i < 6; ++i) set(256 + 4 * i, q[i]);
    for (std::size_t i = 0; i < 4; ++i) set(76 + 4 * i, pixdim[i]);
    return *this;
  }
  template <class T>
  RawNifti& voxel(T value) {
    bytes_ += encoded(value);
    return *this;
  }
  std::string& bytes() { return bytes_; }

  std::filesystem::path save(const TempDir& dir, const std::string& name = "a.nii") const {
    write_file(dir / name, bytes_);
    return dir / name;
  }
  std::filesystem::path save_compressed(const TempDir& dir) const {
    const auto file = dir / "a.nii.gz";
    gzFile gz = gzopen(file.c_str(), "wb");
    gzwrite(gz, bytes_.data(), static_cast<unsigned>(bytes_.size()));
    gzclose(gz);
    return file;
  }

 private:
  template <class T>
  [[nodiscard]] std::string encoded(T value) const {
    std::string raw(sizeof value, '\0');
    std::memcpy(raw.data(), &value, sizeof value);
    if (endian_ == Endian::kBig) std::reverse(raw.begin(), raw.end());
    return raw;
  }

  Endian endian_;
  std::string bytes_;
};

/// 2 x 2 x 1 voxels of 1 mm, RAS, of the given type, without the voxels.
inline RawNifti small_nifti(int type, int bits, Endian endian = Endian::kLittle) {
  RawNifti file(endian);
  file.dims({2, 2, 1}).type(type, bits).sform({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0});
  return file;
}

}  // namespace hilum::test
