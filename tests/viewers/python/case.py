"""The folder that every check gets: ct/, seg/, sr/, pictures/ and expected/."""
from pathlib import Path

from ct_series import read_ct
from label_file import read_labels, renumbered
from seg_file import SegFile


class Case:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.ct = read_ct(self.folder / "ct")

    def segs(self):
        return [SegFile(file) for file in sorted((self.folder / "seg").glob("*.dcm"))]

    def ct_of(self, seg):
        """The series that `seg` says it was made from. Raises ValueError when it is not there."""
        try:
            return self.ct[seg.referenced_series]
        except KeyError:
            raise ValueError("the referenced series is not among the CT images") from None

    def label_file(self, seg):
        return self.folder / "seg" / f"{seg.name}.labels.nii.gz"

    def label_map(self, seg, ct):
        """What its voxels have to be, on the grid of `ct`: as given, else as hilum reads it; None where
        nobody says."""
        converted = self.folder / "seg" / f"{seg.name}.converted.nii.gz"
        if self.label_file(seg).exists():
            return read_labels(self.label_file(seg), ct)
        if converted.exists():
            return renumbered(read_labels(converted, ct), seg.labels_on(ct))
        return None
