// What python/expectations.py wrote about each segmentation of the case.
import fs from 'node:fs';
import path from 'node:path';

export function readExpected(caseFolder) {
  const folder = path.join(caseFolder, 'expected');
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).filter(name => name.endsWith('.json')).sort().map(name => ({
    name: path.basename(name, '.json'),
    ...JSON.parse(fs.readFileSync(path.join(folder, name))),
  }));
}

/** Largest difference of a channel at which two colours are the same: rounding on both sides. */
const COLOUR_TOLERANCE = 3;

export const sameColour = (a, b) =>
  a?.length >= 3 && b?.length >= 3 && [0, 1, 2].every(i => Math.abs(a[i] - b[i]) <= COLOUR_TOLERANCE);

/** Compares what a viewer says about the segments with what stands in the file. */
export function* segmentDifferences(expected, found) {
  if (found.length !== expected.length) {
    yield `${found.length} segments instead of ${expected.length}`;
  }
  for (const want of expected) {
    const got = found.find(segment => segment.number === want.number);
    if (!got) { yield `segment ${want.number} is not there`; continue; }
    const name = `segment ${want.number}`;
    if (got.label !== want.label) yield `${name} is called "${got.label}", not "${want.label}"`;
    if (!want.rgb) yield `${name} recommends no colour, rgb(${got.rgb}) is shown`;
    else if (!sameColour(got.rgb, want.rgb)) yield `${name} has rgb(${got.rgb}), not rgb(${want.rgb})`;
    if (got.voxels !== want.voxels) yield `${name} has ${got.voxels} voxels, not ${want.voxels}`;
  }
}
