#pragma once

#include <CLI/App.hpp>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "model/phantom/phantom.h"
#include "pipeline/domain/result.h"

namespace hilum::admin {

/// What `hilum phantom` was asked for.
struct PhantomCommand {
  std::uint64_t seed = 1;
  std::filesystem::path out;
  std::filesystem::path truth;
  std::optional<double> spacing_mm;
  std::optional<double> slice_spacing_mm;
  std::array<int, 3> size{};  ///< (slices, rows, columns); zeros = the usual window
  std::string phase;
  bool healthy = false;
  bool training = false;
  bool shifted = false;
  bool nifti = false;
};

/// Adds all options to the subcommand; they are written into `command`, which must outlive it.
void add_phantom_options(CLI::App& app, PhantomCommand& command);

/// The volume that was asked for. kInvalidInput when it would have more than 300 million voxels or
/// slices closer together than pixels.
Result<phantom::PhantomOptions> phantom_options(const PhantomCommand& command);

/// Names the volume: equal for equal options, different for different ones. UIDs derive from it.
std::string identity_of(const PhantomCommand& command);

}  // namespace hilum::admin
