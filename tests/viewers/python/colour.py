"""Recommended Display CIELab Value -> sRGB (PS3.3 C.10.7.1.1), white point D65 as viewers take it."""
import numpy as np

WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
XYZ_TO_LINEAR_RGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)


def rgb_of_dicom_lab(lab):
    """Three 16-bit numbers -> [r, g, b], 0 to 255; None when there are none."""
    if lab is None or len(lab) != 3:
        return None
    lightness = lab[0] / 65535 * 100
    a, b = (value / 65535 * 255 - 128 for value in lab[1:])
    y = (lightness + 16) / 116
    f = np.array([y + a / 500, y, y - b / 200])
    xyz = WHITE_D65 * np.where(f > 6 / 29, f**3, (f - 16 / 116) * 3 * (6 / 29) ** 2)
    linear = np.clip(XYZ_TO_LINEAR_RGB @ xyz, 0, 1)
    gamma = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return [int(round(value * 255)) for value in gamma]
