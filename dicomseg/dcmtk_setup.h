#pragma once

namespace hilum::dicomseg {

/// Prepares DCMTK for this folder, in this process: it can decode RLE, JPEG (baseline, extended,
/// lossless) and JPEG-LS and encode RLE, and its modules for data sets are silent below FATAL.
/// Their messages quote attribute values, patients' names among them, and every failure comes back
/// as a Result anyway. The first call does it, later ones do nothing; safe from any thread.
void prepare_dcmtk();

}  // namespace hilum::dicomseg
