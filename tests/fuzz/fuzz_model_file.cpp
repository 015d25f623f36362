// A bundle, or a checkpoint that somebody wants to import: safetensors, a zip archive, a pickle.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/bundle.h"
#include "model/import/file_kind.h"
#include "model/import/pickle.h"
#include "model/import/state_dict.h"
#include "tests/fuzz/memory_file.h"

using namespace hilum::model;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)parse_pickle({reinterpret_cast<const char*>(data), size});
  static hilum::fuzz::MemoryFile file;
  file.set(data, size);
  (void)ModelBundle::open(file.path());
  (void)file_kind(file.path());
  if (auto dict = open_state_dict(file.path())) {
    for (const auto& [name, info] : (*dict)->tensors()) (void)(*dict)->floats(name);
  }
  return 0;
}
