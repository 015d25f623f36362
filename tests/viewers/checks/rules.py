#!/usr/bin/python3
"""rules.py CASE: what the source code of viewers and readers demands of a segmentation, read there
and asserted here on the data set, because these programs cannot be run by a test. Each rule names
who depends on it; what happens there when it is broken stands in the message."""
import re
import sys

import numpy as np

from case import Case
from ct_series import POSITION_TOLERANCE_MM
from seg_file import BINARY_CLASS, LABEL_MAP_CLASS, first
from table import row, verdict

# CornerstoneJS compares Image Orientation and Pixel Spacing with this absolute tolerance.
VIEWER_TOLERANCE = 1e-3

RULES = []


def rule(*readers):
    def add(function):
        RULES.append((readers, function))
        return function
    return add


def purposes(seg):
    for number, frame in enumerate(seg.per_frame, 1):
        yield number, frame, first(first(frame, "DerivationImageSequence"), "SourceImageSequence")


@rule("OHIF", "3D Slicer", "Weasis", "highdicom", "pydicom-seg")
def one_object(seg, ct):
    if seg.dataset.SOPClassUID not in (BINARY_CLASS, LABEL_MAP_CLASS):
        yield "SOP Class is no segmentation"
    if seg.dataset.get("Modality") != "SEG":
        yield "Modality is not SEG"
    if seg.dataset.get("SegmentationType") not in ("BINARY", "LABELMAP"):
        yield "Segmentation Type is neither BINARY nor LABELMAP"
    if len(seg.per_frame) != int(seg.dataset.NumberOfFrames):
        yield f"{len(seg.per_frame)} items of functional groups for {seg.dataset.NumberOfFrames} frames"


@rule("OHIF", "3D Slicer", "Weasis")
def same_patient_and_study(seg, ct):
    for keyword in ("PatientID", "StudyInstanceUID"):
        if seg.dataset.get(keyword) != ct.header.get(keyword):
            yield f"{keyword} differs from the CT's: it is shown elsewhere"


@rule("Weasis", "OHIF")
def same_frame_of_reference(seg, ct):
    if seg.dataset.get("FrameOfReferenceUID") != ct.header.get("FrameOfReferenceUID"):
        yield "Frame Of Reference UID differs from the CT's: it is not placed by position"


@rule("OHIF", "3D Slicer", "pydicom-seg")
def one_referenced_series(seg, ct):
    items = seg.dataset.get("ReferencedSeriesSequence") or []
    if len(items) != 1:
        yield f"{len(items)} items in Referenced Series Sequence: only the first one is looked at"
    named = {str(i.ReferencedSOPInstanceUID) for i in items[0].get("ReferencedInstanceSequence") or []}
    if named != {s.uid for s in ct.slices}:
        yield "Referenced Series Sequence does not name exactly the images of the CT series"


@rule("OHIF")
def grid_of_the_ct(seg, ct):
    if seg.shape != ct.shape:
        yield f"matrix {seg.shape} differs from the CT's {ct.shape}: loading aborts"
    orientation = first(seg.shared, "PlaneOrientationSequence").get("ImageOrientationPatient") or []
    if not near(orientation, [*ct.row, *ct.column], VIEWER_TOLERANCE):
        yield "Image Orientation differs from the CT's: loading aborts"
    spacing = first(seg.shared, "PixelMeasuresSequence").get("PixelSpacing") or []
    if not near(spacing, ct.spacing_mm, VIEWER_TOLERANCE):
        yield "Pixel Spacing differs from the CT's"


@rule("3D Slicer", "highdicom", "pydicom-seg")
def shared_groups(seg, ct):
    for keyword in ("PixelMeasuresSequence", "PlaneOrientationSequence"):
        if keyword not in seg.shared:
            yield f"{keyword} is not among the shared functional groups"


@rule("3D Slicer", "OHIF", "Weasis", "highdicom")
def positions_of_slices(seg, ct):
    for number, frame in enumerate(seg.per_frame, 1):
        position = first(frame, "PlanePositionSequence").get("ImagePositionPatient")
        if position is None:
            yield f"frame {number} has no Plane Position"
            continue
        index = ct.index_of(position)
        if index is None:
            yield f"frame {number} lies on no CT slice"
        elif not near(position, ct.slices[index].position, POSITION_TOLERANCE_MM):
            yield f"frame {number} is shifted within its plane"


@rule("3D Slicer", "pydicom-seg", "highdicom")
def regular_stack(seg, ct):
    """They put frames at origin + n x Spacing Between Slices; of irregular images there is none."""
    spacing_mm = first(seg.shared, "PixelMeasuresSequence").get("SpacingBetweenSlices")
    if spacing_mm is None and not ct.is_on_a_grid():
        return
    if spacing_mm is None or float(spacing_mm) <= 0:
        yield "Spacing Between Slices is absent or not positive"
        return
    heights = np.array([seg.position_of(frame) @ ct.normal for frame in seg.per_frame])
    steps = (heights - heights.min()) / float(spacing_mm)
    if np.abs(steps - np.rint(steps)).max() * float(spacing_mm) > POSITION_TOLERANCE_MM:
        yield "frames do not lie at multiples of Spacing Between Slices"


@rule("OHIF", "Weasis", "highdicom")
def source_of_each_frame(seg, ct):
    slices = {(s.uid, s.frame): s for s in ct.slices}
    for number, frame, source in purposes(seg):
        slice_ = slices.get((str(source.get("ReferencedSOPInstanceUID", "")),
                             int(source.get("ReferencedFrameNumber", 0))))
        position = first(frame, "PlanePositionSequence").get("ImagePositionPatient")
        if slice_ is None:
            yield f"frame {number} refers to no image of the CT series: it is skipped silently"
        elif position is None or not near(position, slice_.position, POSITION_TOLERANCE_MM):
            yield f"frame {number} refers to another image than the one it lies on"
        if source.get("SpatialLocationsPreserved", "YES") != "YES":
            yield f"frame {number} says that it does not lie where its source lies"


@rule("3D Slicer", "highdicom")
def algorithm_named(seg, ct):
    for segment in seg.dataset.SegmentSequence:
        if segment.get("SegmentAlgorithmType") == "AUTOMATIC" and not segment.get("SegmentAlgorithmName"):
            yield f"segment {segment.SegmentNumber} is AUTOMATIC without Segment Algorithm Name"


@rule("OHIF", "3D Slicer", "Weasis")
def label_and_colour(seg, ct):
    for segment in seg.segments:
        if not 0 < len(segment.label) <= 64:
            yield f"segment {segment.number} has no label of 1 to 64 characters"
        if segment.rgb is None:
            yield f"segment {segment.number} recommends no colour: each viewer takes its own"


@rule("3D Slicer", "Weasis", "highdicom")
def codes(seg, ct):
    for segment in seg.dataset.SegmentSequence:
        for keyword in ("SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence"):
            if not first(segment, keyword).get("CodeMeaning"):
                yield f"segment {segment.SegmentNumber}: {keyword} has no item"


@rule("pydicom-seg", "OHIF")
def numbers_without_gaps(seg, ct):
    if seg.is_label_map:
        return
    numbers = [segment.number for segment in seg.segments]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"segments are numbered {numbers}"
    unknown = {seg.segment_of(frame) for frame in seg.per_frame} - set(numbers)
    if unknown:
        yield f"frames refer to segments that are not described: {sorted(unknown)}"


@rule("pydicom-seg", "OHIF", "highdicom")
def exclusive_segments(seg, ct):
    if not seg.is_label_map and seg.dataset.get("SegmentsOverlap") != "NO":
        yield "Segments Overlap is not NO: the slow way, and a warning"


@rule("highdicom", "3D Slicer")
def dimensions(seg, ct):
    """The slice index of a position is the same in every segment."""
    index_at = {}
    for number, frame in enumerate(seg.per_frame, 1):
        values = first(frame, "FrameContentSequence").get("DimensionIndexValues")
        values = [values] if isinstance(values, int) else list(values or [])
        if len(values) != len(seg.dataset.get("DimensionIndexSequence") or []):
            yield f"frame {number} has {len(values)} dimension index values"
            continue
        place = round(float(seg.position_of(frame) @ ct.normal), 2)
        if index_at.setdefault(place, values[-1]) != values[-1]:
            yield f"frame {number} has another index of its position than other segments there"


@rule("people")
def side_as_labelled(seg, ct):
    """What is called left lies further to the patient's left than what is called right."""
    labels = seg.labels_on(ct)
    left_mm = {}
    for segment in seg.segments:
        side = re.match(r"(left|right)\b\W*(.*)", segment.label, re.IGNORECASE)
        slices, rows, columns = np.nonzero(labels == segment.number)
        if not side or not len(slices):
            continue
        middle = (columns.mean(), rows.mean(), 1)
        height = int(np.rint(slices.mean()))
        left_mm[side[2].lower(), side[1].lower()] = (ct.pixel_to_lps(height) @ middle)[0]
    for what, side in left_mm:
        if side == "left" and left_mm[what, side] <= left_mm.get((what, "right"), -np.inf):
            yield f"the left {what} lies on the right of the right one"


def near(values, expected, tolerance):
    values = np.array(values, float)
    return values.shape == np.shape(expected) and bool((np.abs(values - expected) <= tolerance).all())


def check(case, seg):
    try:
        ct = case.ct_of(seg)
    except ValueError as error:
        return row("rules", seg.name, "failed", f"{error}: OHIF does not show it, 3D Slicer has no CT")
    for reader in ("OHIF", "3D Slicer", "Weasis", "highdicom", "pydicom-seg", "people"):
        rules = [function for readers, function in RULES if reader in readers]
        problems = []
        for function in rules:
            try:
                problems += list(function(seg, ct))
            except (AttributeError, ValueError, IndexError) as error:
                problems.append(f"{function.__name__}: {error}")
        name = "left and right" if reader == "people" else f"rules of {reader}"
        verdict(name, seg.name, problems, f"{len(rules)} rules")


def main():
    case = Case(sys.argv[1])
    for seg in case.segs():
        check(case, seg)


if __name__ == "__main__":
    main()
