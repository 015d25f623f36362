#!/usr/bin/python3
"""readers.py CASE: do pydicom, GDCM and our own unpacking of the bits read the same voxels, and are
these the voxels of the label map?"""
import sys

import numpy as np

from case import Case
from table import row, verdict

try:
    import gdcm

    gdcm.Trace.ErrorOff()
    gdcm.Trace.WarningOff()
except ImportError:
    gdcm = None


def frames_by_gdcm(seg):
    reader = gdcm.ImageReader()
    reader.SetFileName(str(seg.file))
    if not reader.Read():
        raise ValueError("GDCM cannot read it")
    image = reader.GetImage()
    # The Python binding hands bytes over as text.
    buffer = np.frombuffer(image.GetBuffer().encode("utf-8", "surrogateescape"), np.uint8)
    columns, rows, frames = image.GetDimension(0), image.GetDimension(1), image.GetDimension(2)
    size = rows * columns * frames
    bits = image.GetPixelFormat().GetBitsAllocated()
    if bits == 1:  # packed; GDCM makes the buffer longer where columns do not fill bytes
        values = np.unpackbits(buffer, bitorder="little")
    else:
        values = buffer.view(f"<u{bits // 8}")
    return values[:size].reshape(frames, rows, columns)


def compare(name, reader, frames, expected):
    if frames.shape != expected.shape:
        return verdict(reader, name, [f"{frames.shape} instead of {expected.shape}"])
    wrong = int((frames != expected).sum())
    verdict(reader, name, [f"{wrong} voxels differ from the bits in the file"] if wrong else [],
            f"{expected.shape[0]} frames, {int((frames != 0).sum())} voxels set, all equal")


def check_labels(case, seg):
    ct = case.ct_of(seg)
    expected = case.label_map(seg, ct)
    if expected is None:
        return row("label map", seg.name, "none", "no label map beside it, and hilum made none")
    labels = seg.labels_on(ct)
    wrong = int((labels != expected).sum())
    verdict("label map", seg.name, [f"{wrong} voxels differ from the label map"] if wrong else [],
            f"{labels.size} voxels equal, {int((labels != 0).sum())} of them in a segment")


def check(case, seg):
    expected = seg.frames()
    compare(seg.name, "pydicom", seg.dataset.pixel_array.reshape(expected.shape), expected)
    if gdcm is None:
        row("GDCM", seg.name, "skipped", "install python3-gdcm")
    elif seg.is_label_map:
        row("GDCM", seg.name, "none", "GDCM does not know label map segmentations")
    else:
        compare(seg.name, "GDCM", frames_by_gdcm(seg), expected)
    check_labels(case, seg)


def main():
    case = Case(sys.argv[1])
    for seg in case.segs():
        try:
            check(case, seg)
        except (ValueError, AttributeError) as error:
            row("readers", seg.name, "failed", error)


if __name__ == "__main__":
    main()
