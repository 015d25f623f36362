#!/usr/bin/python3
"""documents.py CASE: writes CASE/documents.json about reports and pictures: what a viewer has to list,
and the pixels of one frame of each picture."""
import base64
import json
import sys
from pathlib import Path

import numpy as np
import pydicom

from table import row


def middle_frame(dataset):
    """(frame index, pixels as bytes of RGB or grey)"""
    count = int(dataset.get("NumberOfFrames", 1))
    pixels = dataset.pixel_array
    return count // 2, (pixels[count // 2] if count > 1 else pixels).astype(np.uint8).tobytes()


def describe(file, kind):
    dataset = pydicom.dcmread(file)
    document = {
        "name": file.stem,
        "kind": kind,
        "sop": str(dataset.SOPInstanceUID),
        "study": str(dataset.StudyInstanceUID),
        "series": str(dataset.SeriesInstanceUID),
        "modality": str(dataset.Modality),
    }
    if kind == "pictures":
        frame, pixels = middle_frame(dataset)
        document["picture"] = {"frame": frame, "rows": int(dataset.Rows), "columns": int(dataset.Columns),
                               "pixels": base64.b64encode(pixels).decode()}
    return document


def main():
    case = Path(sys.argv[1])
    documents = []
    for kind in ("sr", "pictures"):
        for file in sorted((case / kind).glob("*.dcm")):
            try:
                documents.append(describe(file, kind))
            except (AttributeError, ValueError, RuntimeError, NotImplementedError) as error:
                row("reading", file.stem, "failed", error)
    (case / "documents.json").write_text(json.dumps(documents))


if __name__ == "__main__":
    main()
