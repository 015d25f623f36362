// Reports and pictures: are they listed by the viewer, and does the PACS draw the pixels in the file?
import fs from 'node:fs';
import path from 'node:path';
import { row, verdict } from './table.mjs';

const KINDS = { sr: 'reports', pictures: 'pictures' };

export function readDocuments(caseFolder) {
  const file = path.join(caseFolder, 'documents.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file)) : [];
}

/** The pixels of a PAM image (Portable Arbitrary Map), 8 bits a channel. */
function pamPixels(bytes) {
  const end = 'ENDHDR\n';
  return bytes.subarray(bytes.indexOf(end) + end.length);
}

async function pictureDifferences(orthanc, { sop, picture }) {
  const [{ ID: id }] = await orthanc.post('/tools/lookup', sop);
  const expected = Buffer.from(picture.pixels, 'base64');
  // Orthanc draws colours as they are in a preview, but stretches greys there.
  const drawing = expected.length > picture.rows * picture.columns ? 'preview' : 'image-uint8';
  const drawn = pamPixels(await orthanc.get(
    `/instances/${id}/frames/${picture.frame}/${drawing}`, 'image/x-portable-arbitrarymap'));
  if (drawn.length !== expected.length) {
    return [`${drawn.length} bytes are drawn, ${expected.length} are in the frame`];
  }
  const other = drawn.reduce((count, value, i) => count + (value !== expected[i] ? 1 : 0), 0);
  return other ? [`${other} of ${expected.length} bytes are drawn with other values`] : [];
}

/** `listed`: the display sets of the viewer. */
export async function checkDocuments(caseFolder, orthanc, listed) {
  const documents = readDocuments(caseFolder);
  for (const [kind, name] of Object.entries(KINDS)) {
    if (!documents.some(document => document.kind === kind)) {
      row('OHIF: listed', name, 'none', 'there are none among the results');
    }
  }
  for (const document of documents) {
    const set = listed.find(set => set.series === document.series);
    const problems = [];
    if (!set) problems.push('the viewer does not list its series');
    else if (set.modality !== document.modality) problems.push(`it is listed as ${set.modality}`);
    verdict('OHIF: listed', document.name, problems,
      set?.handler === 'unsupported' ? 'listed; the viewer has no display for it' : '');
    if (!document.picture) continue;
    verdict('Orthanc: drawn', document.name, await pictureDifferences(orthanc, document),
      `frame ${document.picture.frame + 1} equal in every byte`);
  }
}
