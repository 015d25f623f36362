"""A DICOM segmentation as plain arrays. The bits are unpacked here, not by a library, so that what
libraries and viewers read has something independent to be compared with."""
from dataclasses import dataclass

import numpy as np
import pydicom

from colour import rgb_of_dicom_lab

BINARY_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_CLASS = "1.2.840.10008.5.1.4.1.1.66.7"


@dataclass
class Segment:
    number: int
    label: str
    rgb: list  # None when no colour is recommended


def first(dataset, keyword):
    """First item of the sequence `keyword`, or an empty data set."""
    items = (dataset.get(keyword) or []) if dataset is not None else []
    return items[0] if len(items) else pydicom.Dataset()


class SegFile:
    def __init__(self, file):
        self.file = file
        self.dataset = pydicom.dcmread(file)
        self.is_label_map = self.dataset.SOPClassUID == LABEL_MAP_CLASS
        self.shape = (int(self.dataset.Rows), int(self.dataset.Columns))
        self.shared = first(self.dataset, "SharedFunctionalGroupsSequence")
        self.per_frame = list(self.dataset.get("PerFrameFunctionalGroupsSequence") or [])

    @property
    def name(self):
        return self.file.stem

    @property
    def referenced_series(self):
        return str(first(self.dataset, "ReferencedSeriesSequence").get("SeriesInstanceUID", ""))

    @property
    def segments(self):
        return [
            Segment(int(s.SegmentNumber), str(s.get("SegmentLabel", "")),
                    rgb_of_dicom_lab(s.get("RecommendedDisplayCIELabValue")))
            for s in self.dataset.SegmentSequence
            if not (self.is_label_map and int(s.SegmentNumber) == 0)  # 0 describes the background
        ]

    def position_of(self, frame):
        return np.array(first(frame, "PlanePositionSequence").ImagePositionPatient, float)

    def segment_of(self, frame):
        return int(first(frame, "SegmentIdentificationSequence").ReferencedSegmentNumber)

    def frames(self):
        """Pixel Data as (frames, rows, columns)."""
        shape = (int(self.dataset.NumberOfFrames), *self.shape)
        data = self.dataset.PixelData
        if self.dataset.BitsAllocated == 1:
            bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
            return bits[: np.prod(shape)].reshape(shape)
        pixels = np.frombuffer(data, f"<u{self.dataset.BitsAllocated // 8}")
        return pixels[: np.prod(shape)].reshape(shape)

    def labels_on(self, ct, frames=None):
        """Segment numbers on the grid of `ct`: (slices, rows, columns). Raises ValueError where a
        frame lies on no slice, or two segments claim a voxel."""
        if self.shape != ct.shape:
            raise ValueError(f"matrix {self.shape} differs from the CT's {ct.shape}")
        labels = np.zeros((len(ct.slices), *self.shape), np.uint16)
        for number, (frame, pixels) in enumerate(
                zip(self.per_frame, self.frames() if frames is None else frames), 1):
            index = ct.index_of(self.position_of(frame))
            if index is None:
                raise ValueError(f"frame {number} lies on no CT slice")
            if self.is_label_map:
                labels[index] = pixels
                continue
            if (labels[index][pixels != 0] != 0).any():
                raise ValueError(f"frame {number} overlaps another segment")
            labels[index][pixels != 0] = self.segment_of(frame)
        return labels
