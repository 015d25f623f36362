// adapters CASE: reads each segmentation with @cornerstonejs/adapters, the code inside OHIF, without a
// browser: labels, colours and voxels per segment and slice. `install` bundles it to .build/adapters.cjs.
import '../node/browser_stubs.mjs';
import fs from 'node:fs';
import path from 'node:path';
import dcmjs from 'dcmjs';
import { metaData } from '@cornerstonejs/core';
import { adaptersSEG } from '@cornerstonejs/adapters';
import { CtMetadata } from '../node/ct_metadata.mjs';
import { readExpected, segmentDifferences } from '../node/expected.mjs';
import { row, verdict } from '../node/table.mjs';

/** As OHIF: the largest difference of orientations, positions and spacings. */
const TOLERANCE = 1e-3;

/** What the library warns of; it goes to no one's console. */
const warnings = [];
for (const level of ['log', 'debug', 'info']) console[level] = () => {};
for (const level of ['warn', 'error']) console[level] = (...words) => warnings.push(words.join(' '));

const channel = value => Math.round(Math.min(Math.max(value, 0), 1) * 255);
const rgb = lab => (lab?.length === 3 ? dcmjs.data.Colors.dicomlab2RGB(lab.map(Number)).map(channel) : null);

/** {SOP Instance UID of the CT image: {segment number: [voxels, sum of their columns, of their rows]}} */
function sumsBySlice(layers) {
  const sums = {};
  for (const image of layers.flat()) {
    const pixels = image.voxelManager?.getScalarData?.() ?? image.getPixelData();
    const slice = {};
    for (let i = 0; i < pixels.length; i++) {
      if (!pixels[i]) continue;
      const sum = slice[pixels[i]] ??= [0, 0, 0];
      sum[0] += 1;
      sum[1] += i % image.columns;
      sum[2] += Math.floor(i / image.columns);
    }
    if (Object.keys(slice).length) sums[image.referencedImageId.replace('ct:', '')] = slice;
  }
  return sums;
}

function* sliceDifferences(expected, found) {
  for (const uid of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const want = expected[uid] ?? {}, got = found[uid] ?? {};
    for (const number of new Set([...Object.keys(want), ...Object.keys(got)])) {
      const a = want[number] ?? [0], b = got[number] ?? [0];
      if (a[0] !== b[0]) yield `segment ${number} has ${b[0]} voxels on a slice, not ${a[0]}`;
      else if (String(a) !== String(b)) yield `segment ${number} lies elsewhere on a slice`;
    }
  }
}

async function check(caseFolder, expected) {
  const ct = new CtMetadata(path.join(caseFolder, 'ct'), expected.ctSeries);
  metaData.addProvider((type, imageId) => ct.get(type, imageId), 10000);
  const bytes = fs.readFileSync(expected.file);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const read = await adaptersSEG.Cornerstone3D.Segmentation.createFromDICOMSegBuffer(
    ct.imageIds, buffer, { metadataProvider: ct, tolerance: TOLERANCE });
  const bySlice = sumsBySlice(read.labelMapImages);
  const voxels = number => Object.values(bySlice).reduce((sum, slice) => sum + (slice[number]?.[0] ?? 0), 0);
  const segments = read.segMetadata.data.filter(Boolean).map(segment => ({
    number: Number(segment.SegmentNumber),
    label: segment.SegmentLabel,
    rgb: rgb(segment.RecommendedDisplayCIELabValue),
    voxels: voxels(Number(segment.SegmentNumber)),
  })).filter(segment => segment.number > 0);
  const problems = [
    ...segmentDifferences(expected.segments, segments),
    ...sliceDifferences(expected.bySlice, bySlice),
  ];
  verdict('adapters', expected.name, problems,
    `${segments.length} segments; voxels and places equal on ${Object.keys(bySlice).length} slices`);
}

async function main() {
  for (const expected of readExpected(process.argv[2])) {
    warnings.length = 0;
    try {
      await check(process.argv[2], expected);
    } catch (error) {
      row('adapters', expected.name, 'failed', `${error.message} ${warnings.slice(0, 1)}`);
    }
  }
}

main();
