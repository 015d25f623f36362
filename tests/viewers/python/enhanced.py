#!/usr/bin/python3
"""enhanced.py CT FILE: the series in folder CT as one Enhanced CT instance, frames from the highest to
the lowest, so that none has the number of its slice."""
import copy
import sys
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from ct_series import read_ct

ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
# What images of one frame have at the top, and these have in functional groups or not at all.
PER_IMAGE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
             "SpacingBetweenSlices", "RescaleSlope", "RescaleIntercept", "RescaleType", "SliceLocation",
             "WindowCenter", "WindowWidth", "PixelPaddingValue", "PatientPosition")


def group(keyword, **values):
    item = Dataset()
    for name, value in values.items():
        setattr(item, name, value)
    groups = Dataset()
    setattr(groups, keyword, Sequence([item]))
    return groups


def merged(*groups):
    result = Dataset()
    for one in groups:
        result.update(one)
    return result


def frame_groups(image):
    position = group("PlanePositionSequence", ImagePositionPatient=image.ImagePositionPatient)
    content = group("FrameContentSequence", FrameAcquisitionNumber=1)
    values = group("PixelValueTransformationSequence", RescaleIntercept=image.RescaleIntercept,
                   RescaleSlope=image.RescaleSlope, RescaleType="HU")
    return merged(position, content, values)


def shared_groups(image):
    orientation = group("PlaneOrientationSequence", ImageOrientationPatient=image.ImageOrientationPatient)
    measures = group("PixelMeasuresSequence", PixelSpacing=image.PixelSpacing,
                     SliceThickness=image.SliceThickness)
    window = group("FrameVOILUTSequence", WindowCenter=40, WindowWidth=400)
    kind = group("CTImageFrameTypeSequence", FrameType=["DERIVED", "PRIMARY", "VOLUME", "NONE"],
                 PixelPresentation="MONOCHROME", VolumetricProperties="VOLUME",
                 VolumeBasedCalculationTechnique="NONE")
    return merged(orientation, measures, window, kind)


def enhanced(ct):
    images = [pydicom.dcmread(s.file) for s in reversed(ct.slices)]
    result = copy.deepcopy(images[0])
    for keyword in PER_IMAGE:
        if keyword in result:
            delattr(result, keyword)
    result.SOPClassUID = result.file_meta.MediaStorageSOPClassUID = ENHANCED_CT
    result.SOPInstanceUID = result.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    result.SeriesInstanceUID, result.StudyInstanceUID = generate_uid(), generate_uid()
    result.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    result.NumberOfFrames = len(images)
    result.SharedFunctionalGroupsSequence = Sequence([shared_groups(images[0])])
    result.PerFrameFunctionalGroupsSequence = Sequence(
        [frame_groups(image) for image in images])
    result.PixelData = np.stack([image.pixel_array for image in images]).tobytes()
    return result


if __name__ == "__main__":
    (series,) = read_ct(sys.argv[1]).values()
    file = Path(sys.argv[2])
    file.parent.mkdir(parents=True, exist_ok=True)
    enhanced(series).save_as(file)
