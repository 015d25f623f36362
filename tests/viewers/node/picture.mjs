// Compares what is on the screen with what has to be there. Where a voxel has to be is computed here,
// from the size of the image alone (the viewer fits it into its middle), not asked of the viewer.

/** A pixel has changed when a channel differs by more than this. */
const CHANGED = 10;
/** How far the middle of a segment's pixels may lie from where it has to be. */
const MIDDLE_TOLERANCE_PIXELS = 2;
/** Least overlap (Dice) of a segment's pixels with where they have to be; outlines are drawn outside. */
const LEAST_OVERLAP = 0.7;
/** Least correlation of the drawn CT with its grey values. */
const LEAST_CORRELATION = 0.9;
const COLOUR_TOLERANCE = 3;
/** Share of its pixels that may stay coloured when it is hidden: outlines of neighbours. */
const MOST_LEFT = 0.15;

const bytes = text => new Uint8Array(Buffer.from(text, 'base64'));

/** Values of the image (rows x columns) as they lie under each pixel of a screen of this size. */
function onScreen({ rows, columns, spacingMm: [down, across] }, values, { width, height }) {
  const perMm = Math.min(width / (columns * across), height / (rows * down));
  const under = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.round((y + 0.5 - height / 2) / (down * perMm) + (rows - 1) / 2);
    if (row < 0 || row >= rows) continue;
    for (let x = 0; x < width; x++) {
      const column = Math.round((x + 0.5 - width / 2) / (across * perMm) + (columns - 1) / 2);
      if (column >= 0 && column < columns) under[y * width + x] = values[row * columns + column];
    }
  }
  return under;
}

/** Indices of the pixels in which two pictures of one size differ. */
function changedPixels(a, b) {
  const changed = [];
  for (let i = 0; i < a.rgba.length; i += 4) {
    if ([0, 1, 2].some(c => Math.abs(a.rgba[i + c] - b.rgba[i + c]) > CHANGED)) changed.push(i / 4);
  }
  return changed;
}

function middle(pixels, width) {
  const sum = pixels.reduce(([x, y], i) => [x + i % width, y + Math.floor(i / width)], [0, 0]);
  return sum.map(value => value / pixels.length);
}

function correlation(a, b) {
  const n = a.length, mean = values => values.reduce((sum, v) => sum + v, 0) / n;
  const ma = mean(a), mb = mean(b);
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < n; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The colour that most of the pixels have: that of the outline, which covers what is below. */
function commonestColour({ rgba }, pixels) {
  const counts = new Map();
  for (const i of pixels) {
    const colour = rgba.readUIntBE(4 * i, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const [[colour]] = [...counts].sort((a, b) => b[1] - a[1]);
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

/** Is the CT itself, with all segments hidden, drawn where it has to be, and not mirrored? */
export function* imageDifferences(expected, bare) {
  const want = onScreen(expected, bytes(expected.grey), bare);
  const got = want.map((_, i) => bare.rgba[4 * i]);
  const similarity = correlation(want, got);
  if (!(similarity > LEAST_CORRELATION)) {
    yield `the CT is not drawn as expected (correlation ${similarity.toFixed(2)})`;
  }
}

/**
 * Are the pixels of segment `number` where the label map has it, in its colour, and gone when it is
 * hidden? `shown`: all segments are visible; `hidden`: all but this one; `bare`: none.
 */
export function* segmentPictureDifferences(expected, { number, rgb }, { shown, hidden, bare }) {
  const under = onScreen(expected, bytes(expected.labels), shown);
  const want = [...under.keys()].filter(i => under[i] === number);
  const got = changedPixels(shown, hidden);
  if (!want.length || !got.length) {
    if (want.length !== got.length) yield `${got.length} pixels where ${want.length} are expected`;
    return;
  }
  const place = new Set(want);
  const overlap = 2 * got.filter(i => place.has(i)).length / (want.length + got.length);
  const [wantMiddle, gotMiddle] = [want, got].map(pixels => middle(pixels, shown.width));
  const off = Math.hypot(wantMiddle[0] - gotMiddle[0], wantMiddle[1] - gotMiddle[1]);
  if (off > MIDDLE_TOLERANCE_PIXELS) {
    yield `middle at (${gotMiddle.map(Math.round)}), expected at (${wantMiddle.map(Math.round)})`;
  }
  if (overlap < LEAST_OVERLAP) yield `overlap ${overlap.toFixed(2)} with where it has to be`;

  const colour = commonestColour(shown, got);
  if (!rgb || colour.some((value, c) => Math.abs(value - rgb[c]) > COLOUR_TOLERANCE)) {
    yield `drawn in rgb(${colour}), recommended is ${rgb ? `rgb(${rgb})` : 'none'}`;
  }
  const left = changedPixels(hidden, bare).filter(i => place.has(i));
  if (left.length > want.length * MOST_LEFT) yield `${left.length} pixels are left when it is hidden`;
}
