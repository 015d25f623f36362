"""A CT series as a stack of planes, for checks: images of one frame or of many, in any order."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom

# How far two positions of the same place may lie apart, in millimetres: half a unit in the last
# place that scanners write.
POSITION_TOLERANCE_MM = 0.01


@dataclass
class CtSlice:
    file: Path
    header: pydicom.Dataset  # without pixels; of one frame of many with its functional groups' attributes
    frame: int = 0  # 1-based in an image of many; 0: the image has one

    @property
    def uid(self):
        return str(self.header.SOPInstanceUID)

    @property
    def key(self):
        """Names the slice: as the viewer does in the addresses of frames."""
        return f"{self.uid}/frames/{self.frame}" if self.frame else self.uid

    @property
    def position(self):
        return np.array(self.header.ImagePositionPatient, float)

    def pixels_hu(self):
        image = pydicom.dcmread(self.file)
        slope, intercept = (float(self.header.get(keyword, default))
                            for keyword, default in (("RescaleSlope", 1), ("RescaleIntercept", 0)))
        pixels = image.pixel_array[self.frame - 1] if self.frame else image.pixel_array
        return pixels * slope + intercept


class CtSeries:
    """Slices ascend along row x column cosines; `row` and `column` are the directions of ascending
    column and row index in patient coordinates (LPS)."""

    def __init__(self, slices):
        first = slices[0].header
        orientation = np.array(first.ImageOrientationPatient, float)
        self.row, self.column = orientation[:3], orientation[3:]
        self.normal = np.cross(self.row, self.column)
        self.spacing_mm = [float(value) for value in first.PixelSpacing]  # of rows, of columns
        self.shape = (int(first.Rows), int(first.Columns))
        self.slices = sorted(slices, key=lambda s: float(s.position @ self.normal))
        self.heights = np.array([s.position @ self.normal for s in self.slices])

    @property
    def header(self):
        return self.slices[0].header

    def is_on_a_grid(self):
        """Every step from image to image is a whole number of usual ones: some may be missing."""
        steps = np.diff(self.heights)
        in_usual_ones = steps / np.median(steps)
        return bool(np.abs(in_usual_ones - np.rint(in_usual_ones)).max() < 0.2)

    def index_of(self, position):
        """Which slice's plane holds `position`; None when none does."""
        distances = np.abs(self.heights - np.asarray(position, float) @ self.normal)
        nearest = int(distances.argmin())
        return nearest if distances[nearest] <= POSITION_TOLERANCE_MM else None

    def pixel_to_lps(self, index):
        """Matrix from (column, row, 1) of slice `index` to patient coordinates."""
        down, across = self.spacing_mm
        return np.stack([self.row * across, self.column * down, self.slices[index].position], axis=1)


def slices_of(file, header):
    if "PerFrameFunctionalGroupsSequence" not in header:
        return [CtSlice(file, header)]
    slices = []
    for number, own in enumerate(header.PerFrameFunctionalGroupsSequence, 1):
        one = pydicom.Dataset()
        one.update({e.tag: e for e in header if e.keyword != "PerFrameFunctionalGroupsSequence"})
        for groups in (header.SharedFunctionalGroupsSequence[0], own):
            for group in groups:
                one.update(group.value[0])
        slices.append(CtSlice(file, one, number))
    return slices


def read_ct(folder):
    """All series of `folder`: {Series Instance UID: CtSeries}."""
    by_series = {}
    for file in sorted(Path(folder).iterdir()):
        header = pydicom.dcmread(file, stop_before_pixels=True)
        by_series.setdefault(str(header.SeriesInstanceUID), []).extend(slices_of(file, header))
    return {uid: CtSeries(slices) for uid, slices in by_series.items()}
