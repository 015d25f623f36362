#!/usr/bin/python3
"""expectations.py CASE: writes CASE/expected/NAME.json for every segmentation: what a viewer has to
show. Voxels are those of the label map where there is one, else of our own reading of the bits."""
import base64
import json
import sys

import numpy as np

from case import Case
from table import row

def sums_by_slice(labels, ct):
    """{slice's key: {segment: [voxels, sum of their columns, sum of their rows]}}: what tells how
    many there are and where."""
    sums = {}
    for slice_, plane in zip(ct.slices, labels):
        for number in np.unique(plane[plane != 0]):
            rows, columns = np.nonzero(plane == number)
            sums.setdefault(slice_.key, {})[int(number)] = [len(rows), int(columns.sum()), int(rows.sum())]
    return sums


def telling_slice(labels, numbers):
    """Index of the slice with most segments; among these, where the smallest one is largest."""
    areas = np.stack([(labels == n).sum(axis=(1, 2)) for n in numbers], axis=1)
    present = (areas > 0).sum(axis=1)
    smallest = np.where(areas > 0, areas, areas.max() + 1).min(axis=1)
    return int(np.lexsort((smallest, present))[-1])


def grey_values(slice_):
    """0 to 255, as a viewer draws the image: its own window, else from darkest to brightest."""
    hu = slice_.pixels_hu()
    low, width = hu.min(), hu.max() - hu.min()
    if "WindowCenter" in slice_.header:
        width = float(np.atleast_1d(slice_.header.WindowWidth)[0])
        low = float(np.atleast_1d(slice_.header.WindowCenter)[0]) - width / 2
    return (np.clip((hu - low) / width, 0, 1) * 255).astype(np.uint8)


def expectation(case, seg):
    ct = case.ct_of(seg)
    labels = case.label_map(seg, ct)
    if labels is None:
        labels = seg.labels_on(ct)
    segments = seg.segments
    shown = telling_slice(labels, [s.number for s in segments])
    slice_ = ct.slices[shown]
    return {
        "file": str(seg.file),
        "series": str(seg.dataset.SeriesInstanceUID),
        "ctSeries": seg.referenced_series,
        "study": str(ct.header.StudyInstanceUID),
        "segments": [
            {"number": s.number, "label": s.label, "rgb": s.rgb,
             "voxels": int((labels == s.number).sum())}
            for s in segments
        ],
        "bySlice": sums_by_slice(labels, ct),
        "picture": {
            "key": slice_.key,
            "rows": ct.shape[0],
            "columns": ct.shape[1],
            "spacingMm": ct.spacing_mm,
            "grey": base64.b64encode(grey_values(slice_).tobytes()).decode(),
            "labels": base64.b64encode(labels[shown].astype(np.uint8).tobytes()).decode(),
        },
    }


def main():
    case = Case(sys.argv[1])
    folder = case.folder / "expected"
    folder.mkdir(exist_ok=True)
    for seg in case.segs():
        try:
            (folder / f"{seg.name}.json").write_text(json.dumps(expectation(case, seg)))
        except (ValueError, AttributeError) as error:
            row("reading", seg.name, "failed", error)


if __name__ == "__main__":
    main()
