// OHIF in a headless Chromium: opens a study and a segmentation as a person does, and says what it shows.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { freePort } from './orthanc.mjs';
import { startWebServer } from './web_server.mjs';

const PAGE_SIZE = { width: 1200, height: 800 };
const LOAD_MS = 60000;
/** The list of series is complete when it does not grow for so long. */
const LISTED_MS = 5000;
/** A picture counts as drawn when it stays the same this often. */
const STEADY_LOOKS = 3, LOOK_MS = 120, LOOKS_AT_MOST = 100;

const BROWSER_FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run',
  // WebGL without a graphics card
  '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
  // nothing but loopback
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export class Viewer {
  #server; #browser; #page; #origin;
  /** Display set of the opened segmentation, and the viewport that shows its images. */
  #opened; #viewport;
  /** What went wrong in the page since the study was opened. */
  problems = [];

  static async start({ folder, dist, config, orthancPort, chromiumPath }) {
    const viewer = new Viewer();
    const port = await freePort();
    viewer.#server = await startWebServer({ port, dist, config, orthancPort });
    viewer.#origin = `http://127.0.0.1:${port}`;
    // The profile of the browser stays in `folder`.
    const env = {
      ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, TMPDIR: folder,
    };
    viewer.#browser = await chromium.launch({
      executablePath: chromiumPath, headless: true, env, args: BROWSER_FLAGS,
      artifactsDir: path.join(folder, 'artifacts'),
      handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
    });
    const context = await viewer.#browser.newContext({ viewport: PAGE_SIZE, deviceScaleFactor: 1 });
    viewer.#page = await context.newPage();
    viewer.#watch(viewer.#page);
    return viewer;
  }

  get version() { return this.#browser.version(); }

  async stop() {
    await Promise.race([this.#browser?.close(), sleep(5000)]).catch(() => {});
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #watch(page) {
    const note = text => this.problems.push(text.replaceAll(this.#origin, '').slice(0, 200));
    page.setDefaultTimeout(LOAD_MS);
    page.on('console', message => { if (message.type() === 'error') note(message.text()); });
    page.on('pageerror', error => note(String(error)));
    page.on('response', answer => {
      if (answer.status() >= 400) note(`HTTP ${answer.status()} ${answer.url()}`);
    });
  }

  /** Opens the study and waits until all its `series` are listed, or no more come, and an image is drawn. */
  async openStudy(study, series) {
    this.problems.length = 0;
    this.#viewport = undefined;
    const address = `${this.#origin}/segmentation?StudyInstanceUIDs=${study}`;
    await this.#page.goto(address, { waitUntil: 'domcontentloaded' });
    await this.#page.waitForFunction(([wanted, steadyMs]) => {
      const sets = window.services?.displaySetService?.getActiveDisplaySets() ?? [];
      const count = new Set(sets.map(set => set.SeriesInstanceUID)).size;
      if (window.listed?.count !== count) window.listed = { count, since: Date.now() };
      return count >= wanted || (count > 0 && Date.now() - window.listed.since > steadyMs);
    }, [series, LISTED_MS], { polling: 100 });
    await this.#page.waitForSelector('canvas.cornerstone-canvas');
    await this.#drawn();
  }

  /** What the list of series offers. */
  displaySets() {
    return this.#page.evaluate(() => window.services.displaySetService.getActiveDisplaySets().map(set => ({
      series: set.SeriesInstanceUID, modality: set.Modality, handler: set.SOPClassHandlerId,
      frames: set.numImageFrames, uid: set.displaySetInstanceUID,
    })));
  }

  /** Double-clicks the segmentation's entry in the list of series. */
  async openSegmentation(series) {
    const set = (await this.displaySets()).find(set => set.series === series);
    if (!set) throw new Error('the viewer does not list the segmentation');
    this.#opened = set.uid;
    await this.#page.locator(`#thumbnail-${set.uid}`).dblclick();
    this.#viewport = await this.#page.waitForFunction(uid => {
      const { segmentationService, viewportGridService } = window.services;
      return [...viewportGridService.getState().viewports.keys()].find(viewport =>
        segmentationService.getSegmentationRepresentations(viewport, { segmentationId: uid }).length);
    }, set.uid, { polling: 100, timeout: LOAD_MS / 3 }).then(found => found.jsonValue(), () => {
      throw new Error(`the viewer does not load the segmentation ${this.problems.slice(-1)}`);
    });
    await this.#drawn();
  }

  /** [{number, label, rgb, voxels}] as the viewer holds them. */
  segments() {
    return this.#page.evaluate(([uid, viewport]) => {
      const { segmentationService, displaySetService } = window.services;
      const voxels = {};
      for (const image of displaySetService.getDisplaySetByUID(uid).labelMapImages.flat()) {
        const pixels = image.voxelManager?.getScalarData?.() ?? image.getPixelData();
        for (const label of pixels) if (label) voxels[label] = (voxels[label] ?? 0) + 1;
      }
      const { segments } = segmentationService.getSegmentation(uid);
      return Object.values(segments).filter(Boolean).map(segment => ({
        number: segment.segmentIndex,
        label: segment.label,
        rgb: [...segmentationService.getSegmentColor(viewport, uid, segment.segmentIndex)].slice(0, 3),
        voxels: voxels[segment.segmentIndex] ?? 0,
      }));
    }, [this.#opened, this.#viewport]);
  }

  /** All text on the page. */
  text() { return this.#page.evaluate(() => document.body.innerText); }

  /** Shows the CT image with this SOP Instance UID, or its frame: "UID/frames/NUMBER". */
  async showImage(key) {
    const found = await this.#page.evaluate(([address, id]) => {
      const { utilities, getEnabledElementByViewportId } = window.cornerstone;
      const { viewport } = getEnabledElementByViewportId(id);
      const imageIndex = viewport.getImageIds().findIndex(id => `${id}/`.includes(`/instances/${address}/`));
      if (imageIndex >= 0) utilities.jumpToSlice(viewport.element, { imageIndex });
      return imageIndex >= 0;
    }, [key, this.#viewport]);
    if (!found) throw new Error('the viewer does not have the CT image');
    await this.#drawn();
  }

  /** Shows these segments and hides all others. */
  async showSegments(numbers) {
    await this.#page.evaluate(([uid, viewport, visible]) => {
      const { segmentationService } = window.services;
      const { segments } = segmentationService.getSegmentation(uid);
      for (const { segmentIndex: number } of Object.values(segments).filter(Boolean)) {
        segmentationService.setSegmentVisibility(viewport, uid, number, visible.includes(number));
      }
    }, [this.#opened, this.#viewport, numbers]);
    await this.#drawn();
  }

  /** The viewport alone, without texts: {width, height, rgba}. */
  async picture() {
    const { width, height, data } = await this.#page.evaluate(async id => {
      const { canvas } = window.cornerstone.getEnabledElementByViewportId(id).viewport;
      const { width, height } = canvas;
      const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
      const url = await new Promise(resolve => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(new Blob([pixels]));
      });
      return { width, height, data: url.slice(url.indexOf(',') + 1) };
    }, this.#viewport);
    return { width, height, rgba: Buffer.from(data, 'base64') };
  }

  screenshot(file) { return this.#page.screenshot({ path: file }); }

  /** Waits until the canvas has something on it and no longer changes. */
  async #drawn() {
    let last = 0;
    for (let same = 0, looks = 0; same < STEADY_LOOKS && looks < LOOKS_AT_MOST; looks++) {
      await sleep(LOOK_MS);
      const sum = await this.#page.evaluate(id => {
        const canvas = id ? window.cornerstone.getEnabledElementByViewportId(id).viewport.canvas
          : document.querySelector('canvas.cornerstone-canvas');
        if (!canvas?.width) return 0;
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let hash = 0, bright = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          bright += pixels[i] > 20 ? 1 : 0;
          hash = (hash * 31 + pixels[i] + 3 * pixels[i + 1] + 7 * pixels[i + 2]) | 0;
        }
        return bright ? hash : 0;
      }, this.#viewport);
      same = sum && sum === last ? same + 1 : 0;
      last = sum;
    }
  }
}
