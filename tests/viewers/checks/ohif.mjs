#!/usr/bin/env node
// ohif.mjs CASE [SCREENSHOTS]: what the OHIF viewer shows of each segmentation, report and picture, in a
// headless Chromium, from a PACS (Orthanc). One browser for all; everything it starts ends with it.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkDocuments, readDocuments } from '../node/documents.mjs';
import { readExpected, segmentDifferences } from '../node/expected.mjs';
import { missing, Orthanc } from '../node/orthanc.mjs';
import { imageDifferences, segmentPictureDifferences } from '../node/picture.mjs';
import { row, verdict } from '../node/table.mjs';
import { Viewer } from '../node/viewer.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const [caseFolder, screenshots] = process.argv.slice(2);

/** Looks again a few times: a browser that gets no processor draws late, but what is wrong stays wrong. */
async function settled(problemsNow) {
  for (let look = 1; ; look++) {
    const problems = await problemsNow();
    if (!problems.length || look === 4) return problems;
    await sleep(1500);
  }
}

async function checkPictures(viewer, expected) {
  const numbers = expected.segments.map(segment => segment.number);
  const look = async visible => {
    await viewer.showSegments(visible);
    return viewer.picture();
  };
  let bare;
  verdict('OHIF: CT in place', expected.name, await settled(async () => {
    bare = await look([]);
    return [...imageDifferences(expected.picture, bare)];
  }));
  for (const segment of expected.segments) {
    const problems = await settled(async () => {
      const shown = await look(numbers);
      const hidden = await look(numbers.filter(number => number !== segment.number));
      return [...segmentPictureDifferences(expected.picture, segment, { shown, hidden, bare })];
    });
    verdict('OHIF: on the screen', `${expected.name}: ${segment.label}`, problems,
      'place, colour, and gone when hidden');
  }
  await look(numbers);
}

async function checkSegmentation(viewer, expected, series) {
  await viewer.openStudy(expected.study, series);
  await viewer.openSegmentation(expected.series);
  const problems = [...segmentDifferences(expected.segments, await viewer.segments())];
  const text = await viewer.text();
  for (const { label } of expected.segments) {
    if (!text.includes(label)) problems.push(`"${label}" is not in the side panel`);
  }
  verdict('OHIF: segments', expected.name, problems,
    `${expected.segments.length} with label, colour and voxels`);
  await viewer.showImage(expected.picture.key);
  await checkPictures(viewer, expected);
  if (screenshots) await viewer.screenshot(path.join(screenshots, `${expected.name}.png`));
}

async function checkAll(viewer, orthanc, series) {
  const segmentations = readExpected(caseFolder);
  for (const expected of segmentations) {
    try {
      await checkSegmentation(viewer, expected, series);
    } catch (error) {
      row('OHIF', expected.name, 'failed', error.message.split('\n')[0]);
    }
  }
  const [{ study } = {}] = [...segmentations, ...readDocuments(caseFolder)];
  if (!study) return;
  if (!segmentations.length) await viewer.openStudy(study, series);
  await checkDocuments(caseFolder, orthanc, await viewer.displaySets());
}

async function main() {
  const folder = fs.mkdtempSync(path.join(caseFolder, 'ohif-'));
  let orthanc, viewer;
  const stop = async () => {
    await viewer?.stop();
    await orthanc?.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => stop().then(() => process.exit(130)));
  }
  try {
    orthanc = await Orthanc.start(folder);
    for (const kind of ['ct', 'seg', 'sr', 'pictures']) await orthanc.store(path.join(caseFolder, kind));
    viewer = await Viewer.start({ folder, dist: path.join(root, '.ohif/dist'),
      config: path.join(root, 'ohif.config.js'), orthancPort: orthanc.port, chromiumPath });
    await checkAll(viewer, orthanc, (await orthanc.get('/series')).length);
  } catch (error) {
    row('OHIF', 'all objects', 'failed', error.message.split('\n')[0]);
  } finally {
    await stop();
  }
}

const absent = [...missing(), ...(fs.existsSync(chromiumPath) ? [] : ['chromium'])];
if (absent.length) row('OHIF', 'all objects', 'skipped', `install ${absent.join(' ')}`);
else await main();
