#pragma once

#include <algorithm>
#include <cstddef>

#include "model/phantom/phantom.h"
#include "pipeline/domain/volume.h"

namespace hilum::bench {

struct ScannerPatient {
  Volume ct;
  LabelMap vessels;  ///< its true arteries and veins, four classes
};

/// A phantom patient on a scanner's grid: 512 x 512 pixels of 0.7 mm, slices of 1 mm.
inline ScannerPatient scanner_patient(int slices) {
  constexpr int kPixels = 512;
  constexpr double kPixelMm = 360.0 / kPixels;
  constexpr double kPhantomMm = 1.5;
  phantom::PhantomOptions patient;
  patient.size = {static_cast<int>(slices / kPhantomMm) + 1, 240, 240};
  const phantom::Phantom phantom = phantom::make_phantom(patient);
  const Geometry& from = phantom.ct.geometry;
  ScannerPatient scanned{
      .ct = {.geometry = {.size = {slices, kPixels, kPixels}, .frame = from.frame}, .hu = {}},
      .vessels = {}};
  const Vec3 origin = from.to_lps({0, 0, 0});
  scanned.ct.geometry.voxel_to_lps = {kPixelMm, 0, 0, origin[0], 0, kPixelMm, 0, origin[1],
                                      0,        0, 1, origin[2], 0, 0,        0, 1};
  scanned.vessels.geometry = scanned.ct.geometry;
  scanned.ct.hu.resize(scanned.ct.geometry.voxel_count());
  scanned.vessels.label.resize(scanned.ct.hu.size());
  const auto nearest = [&](double at, int axis) {
    return std::min(static_cast<int>(at / kPhantomMm + 0.5),
                    from.size[static_cast<std::size_t>(axis)] - 1);
  };
  std::size_t to = 0;
  for (int z = 0; z < slices; ++z) {
    for (int y = 0; y < kPixels; ++y) {
      for (int x = 0; x < kPixels; ++x, ++to) {
        const std::size_t at =
            from.index(nearest(z, 0), nearest(y * kPixelMm, 1), nearest(x * kPixelMm, 2));
        scanned.ct.hu[to] = phantom.ct.hu[at];
        scanned.vessels.label[to] = phantom.truth.label[at];
      }
    }
  }
  return scanned;
}

}  // namespace hilum::bench
