#!/usr/bin/python3
"""mutations.py CASE: replaces the one segmentation of CASE by spoiled copies, one per function here,
and expects of each what was expected of it. CAUGHT_BY says which checks have to notice."""
import json
import shutil
import sys

import numpy as np
from pydicom.uid import generate_uid

import expectations
from case import Case
from seg_file import first

SHIFT_PIXELS = 6
CAUGHT_BY = {}


def caught_by(*checks):
    def add(function):
        CAUGHT_BY[function.__name__] = (function, checks)
        return function
    return add


def put_frames(seg, frames):
    data = np.packbits(frames.ravel(), bitorder="little").tobytes()
    seg.dataset.PixelData = data + b"\0" * (len(data) % 2)


@caught_by("label map", "left and right", "adapters", "OHIF: on the screen")
def mirrored(seg):
    put_frames(seg, seg.frames()[:, :, ::-1])


@caught_by("label map", "adapters", "OHIF: on the screen")
def shifted(seg):
    put_frames(seg, np.roll(seg.frames(), SHIFT_PIXELS, axis=2))


@caught_by("label map", "adapters", "OHIF: segments")
def one_voxel_lost(seg):
    frames = seg.frames().copy()
    frames.ravel()[np.flatnonzero(frames)[0]] = 0
    put_frames(seg, frames)


@caught_by("left and right", "adapters", "OHIF: segments")
def sides_exchanged(seg):
    for segment in seg.dataset.SegmentSequence:
        word, rest = segment.SegmentLabel.split(" ", 1)
        segment.SegmentLabel = {"Left": "Right", "Right": "Left"}[word] + " " + rest


@caught_by("rules of OHIF", "rules of 3D Slicer", "rules of Weasis", "adapters", "OHIF: segments",
           "OHIF: on the screen")
def no_colour(seg):
    for segment in seg.dataset.SegmentSequence:
        del segment.RecommendedDisplayCIELabValue


@caught_by("rules of Weasis", "rules of OHIF")
def other_frame_of_reference(seg):
    seg.dataset.FrameOfReferenceUID = generate_uid()


@caught_by("rules of OHIF", "rules of highdicom")
def references_to_other_images(seg):
    for frame in seg.per_frame:
        source = first(first(frame, "DerivationImageSequence"), "SourceImageSequence")
        source.ReferencedSOPInstanceUID = generate_uid()


@caught_by("rules", "OHIF")
def reference_to_other_series(seg):
    first(seg.dataset, "ReferencedSeriesSequence").SeriesInstanceUID = generate_uid()


def move(seg, by_mm):
    for frame in seg.per_frame:
        plane = first(frame, "PlanePositionSequence")
        plane.ImagePositionPatient = [a + b for a, b in zip(plane.ImagePositionPatient, by_mm)]


@caught_by("rules of 3D Slicer", "rules of Weasis")
def shifted_in_plane(seg):
    move(seg, (2, 0, 0))


@caught_by("label map", "rules of OHIF")
def one_slice_up(seg):
    move(seg, (0, 0, first(seg.shared, "PixelMeasuresSequence").SpacingBetweenSlices))


@caught_by("rules of 3D Slicer", "rules of pydicom-seg")
def no_slice_spacing(seg):
    del first(seg.shared, "PixelMeasuresSequence").SpacingBetweenSlices


@caught_by("rules of 3D Slicer", "dciodvfy")
def no_algorithm_name(seg):
    for segment in seg.dataset.SegmentSequence:
        del segment.SegmentAlgorithmName


@caught_by("rules of pydicom-seg")
def overlap_unsaid(seg):
    del seg.dataset.SegmentsOverlap


@caught_by("dcentvfy")
def other_patient(seg):
    seg.dataset.PatientName = "Somebody^Else"


@caught_by("readers")
def truncated(seg):
    seg.dataset.PixelData = seg.dataset.PixelData[: len(seg.dataset.PixelData) // 4 * 2]


def main():
    case = Case(sys.argv[1])
    (seg,) = case.segs()
    expected = expectations.expectation(case, seg)
    (case.folder / "expected").mkdir()
    for name, (spoil, checks) in CAUGHT_BY.items():
        (copy,) = [s for s in case.segs() if s.name == seg.name]
        copy.dataset.SOPInstanceUID = copy.dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        copy.dataset.SeriesInstanceUID = generate_uid()
        spoil(copy)
        file = seg.file.with_name(f"{name}.dcm")
        copy.dataset.save_as(file, write_like_original=False)
        shutil.copy(case.label_file(seg), seg.file.with_name(f"{name}.labels.nii.gz"))
        if not any(check.startswith(("OHIF", "adapters")) for check in checks):
            continue  # opening it in the viewer takes its time
        changed = {"file": str(file), "series": str(copy.dataset.SeriesInstanceUID)}
        (case.folder / "expected" / f"{name}.json").write_text(json.dumps({**expected, **changed}))


if __name__ == "__main__":
    main()
