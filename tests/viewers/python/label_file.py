"""Label maps that hilum writes as NIfTI, on the grid of the CT."""
import nibabel
import numpy as np

GRID_TOLERANCE_VOXELS = 0.02


def read_labels(file, ct):
    """(slices, rows, columns) of `ct`. Raises ValueError when the file is on another grid. It may have
    more slices: where images are missing, hilum interpolates."""
    image = nibabel.load(file)
    voxels = np.asarray(image.dataobj)
    ras_to_voxel = np.linalg.inv(image.affine)
    rows, columns = np.mgrid[0 : ct.shape[0], 0 : ct.shape[1]]
    pixels = np.stack([columns.ravel(), rows.ravel(), np.ones(rows.size)])
    # Irregular images get the labels of the nearest slice of an even grid.
    tolerances = np.full((3, 1), GRID_TOLERANCE_VOXELS)
    if not ct.is_on_a_grid():
        tolerances[np.abs(ras_to_voxel[:3, :3] @ (ct.normal * [-1, -1, 1])).argmax()] = 0.5
    labels = np.zeros((len(ct.slices), *ct.shape), np.uint16)
    if voxels.size % (ct.shape[0] * ct.shape[1]) != 0:
        raise ValueError("the label map is not on the grid of the CT")
    for index in range(len(ct.slices)):
        lps = ct.pixel_to_lps(index) @ pixels
        ras = np.stack([-lps[0], -lps[1], lps[2], np.ones(rows.size)])
        place = (ras_to_voxel @ ras)[:3]
        whole = np.rint(place).astype(int)
        last = np.array(voxels.shape)[:, None] - 1
        if (np.abs(place - whole) > tolerances).any() or (whole < 0).any() or (whole > last).any():
            raise ValueError("the label map is not on the grid of the CT")
        labels[index] = voxels[tuple(whole)].reshape(ct.shape)
    return labels


def renumbered(labels, like):
    """`labels` with the numbers of `like`: hilum numbers what it reads by class, not as the file does.
    Raises ValueError when two classes would get one number."""
    numbers = {}
    for value in np.unique(labels[labels != 0]):
        found, voxels = np.unique(like[labels == value], return_counts=True)
        numbers[value] = found[voxels.argmax()]
    if len(set(numbers.values())) < len(numbers):
        raise ValueError("hilum reads several classes where there is one segment")
    result = np.zeros_like(labels)
    for value, number in numbers.items():
        result[labels == value] = number
    return result
