// A file that a peer sent, through everything that reads one: the header as reception reads it, the
// image with its pixels in any compression, the series as a volume, and a SEG.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "dicomseg/ct_reader.h"
#include "dicomseg/image_header.h"
#include "dicomseg/pixel_source.h"
#include "dicomseg/seg_reader.h"
#include "scp/dcmtk_runtime.h"
#include "scp/instance_header.h"
#include "tests/fuzz/memory_file.h"

using namespace hilum;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  scp::silence_dcmtk_log();
  static fuzz::MemoryFile file;
  file.set(data, size);
  (void)scp::read_instance_header(file.path());
  const auto header = dicomseg::read_image_header(file.path());
  // Larger ones do not get so far in CtReader.
  if (header && std::max(header->rows, header->columns) <= dicomseg::kMaxMatrix) {
    if (auto pixels = dicomseg::PixelSource::open(*header)) {
      constexpr std::size_t kFrames = 3;
      for (std::size_t i = 0; i < std::min(kFrames, header->frames.size()); ++i) {
        (void)pixels->frame(i);
      }
    }
  }
  const std::array files{file.path()};
  (void)dicomseg::CtReader().inspect(files);
  (void)dicomseg::CtReader().read(files, {});
  (void)dicomseg::read_seg(file.path());
  return 0;
}
