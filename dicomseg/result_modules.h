#pragma once

#include "dicomseg/dataset_writer.h"
#include "dicomseg/equipment.h"
#include "dicomseg/seg_source.h"
#include "pipeline/domain/series.h"

/// Private to dicomseg/: attributes that all kinds of results have in common.
namespace hilum::dicomseg {

/// Enhanced General Equipment (PS3.3 C.7.5.2).
void write_equipment(const Equipment& equipment, DatasetWriter& w);

/// Dates and times of instance, series and content, in the time zone that `dataset` names.
void write_times(Time created_at, DcmItem& dataset, DatasetWriter& w);

/// Lossy Image Compression (PS3.3 C.7.6.1.1.5): that of the source, which a result inherits.
void write_lossy(const SegSource& source, DatasetWriter& w);

/// Body Part Examined of the source, if it says one.
void write_body_part(const SegSource& source, DatasetWriter& w);

}  // namespace hilum::dicomseg
