// CT images as the metadata modules that @cornerstonejs asks for.
import fs from 'node:fs';
import path from 'node:path';
import dcmjs from 'dcmjs';

const numbers = values => [values].flat().map(Number);
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];

function readHeader(file) {
  const bytes = fs.readFileSync(file);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { dict } = dcmjs.data.DicomMessage.readFile(buffer, { untilTag: '7FE00010', ignoreErrors: true });
  return dcmjs.data.DicomMetaDictionary.naturalizeDataset(dict);
}

/** An image of many frames as one header per frame, with the attributes of its functional groups. */
function framesOf(header) {
  const { PerFrameFunctionalGroupsSequence: perFrame, SharedFunctionalGroupsSequence: shared } = header;
  if (!perFrame) return [header];
  const first = sequence => [sequence].flat()[0];
  const attributes = groups => Object.assign({}, ...Object.values(groups).filter(Boolean)
    .map(first).filter(item => typeof item === 'object'));
  return [perFrame].flat().map((own, index) => ({
    ...header, ...attributes(first(shared)), ...attributes(own), frameNumber: index + 1,
  }));
}

const keyOf = ({ SOPInstanceUID: uid, frameNumber }) => (frameNumber ? `${uid}/frames/${frameNumber}` : uid);

export class CtMetadata {
  #headers = new Map();
  #added = new Map();

  /** The images of one series in `folder`, the highest first, as OHIF sorts them. */
  constructor(folder, seriesUid) {
    const headers = fs.readdirSync(folder).map(name => readHeader(path.join(folder, name)))
      .filter(header => header.SeriesInstanceUID === seriesUid).flatMap(framesOf);
    const height = header => {
      const orientation = numbers(header.ImageOrientationPatient);
      const normal = cross(orientation.slice(0, 3), orientation.slice(3));
      return dot(numbers(header.ImagePositionPatient), normal);
    };
    headers.sort((a, b) => height(b) - height(a));
    for (const header of headers) this.#headers.set(`ct:${keyOf(header)}`, header);
  }

  get imageIds() { return [...this.#headers.keys()]; }

  addCustomMetadata(imageId, type, value) { this.#added.set(type + imageId, value); }

  get(type, imageId) {
    const header = this.#headers.get(imageId);
    return this.#added.get(type + imageId) ?? (header && this.#module(type, header));
  }

  #module(type, d) {
    switch (type) {
      case 'instance': return d;
      case 'generalSeriesModule':
        return { modality: d.Modality, seriesInstanceUID: d.SeriesInstanceUID,
          studyInstanceUID: d.StudyInstanceUID };
      case 'sopCommonModule':
      case 'generalImageModule':
        return { sopClassUID: d.SOPClassUID, sopInstanceUID: d.SOPInstanceUID,
          instanceNumber: d.InstanceNumber };
      case 'frameModule':
        return { sopClassUID: d.SOPClassUID, sopInstanceUID: d.SOPInstanceUID,
          frameNumber: d.frameNumber ?? 1, numberOfFrames: Number(d.NumberOfFrames ?? 1) };
      case 'imagePixelModule':
        return { samplesPerPixel: 1, photometricInterpretation: 'MONOCHROME2', rows: d.Rows,
          columns: d.Columns, bitsAllocated: d.BitsAllocated, bitsStored: d.BitsStored, highBit: d.HighBit,
          pixelRepresentation: d.PixelRepresentation };
      case 'imagePlaneModule': return this.#plane(d);
      default: return undefined;
    }
  }

  #plane(d) {
    const orientation = numbers(d.ImageOrientationPatient), spacing = numbers(d.PixelSpacing);
    return { frameOfReferenceUID: d.FrameOfReferenceUID, rows: d.Rows, columns: d.Columns,
      imageOrientationPatient: orientation, rowCosines: orientation.slice(0, 3),
      columnCosines: orientation.slice(3), imagePositionPatient: numbers(d.ImagePositionPatient),
      pixelSpacing: spacing, rowPixelSpacing: spacing[0], columnPixelSpacing: spacing[1],
      sliceThickness: Number(d.SliceThickness) };
  }
}
