// How the builds become a string of JavaScript. src/core/unpack.ts, which turns it back, is where the format
// is told.

/** As in unpack.ts. */
const ROOM = 2 ** 17;

/**
 * The text that stands for these files, in this order. A module is half as long again when gzip packs it as
 * it is; here the builds, which resemble each other, are packed as one, and the text has as many characters
 * as print in one byte, for gzip, which codes it together with the program, gives each of its characters more
 * than it holds.
 */
export function pack(files) {
  const bytes = Buffer.concat(files);
  if (bytes.length > ROOM) throw new Error(`pack: ${bytes.length} bytes, unpack has room for ${ROOM}`);
  const ends = files.map((_, i) => files.slice(0, i + 1).reduce((sum, file) => sum + file.length, 0));
  const passages = passagesOf(bytes, ends);
  // What a step costs depends on how often it is taken: begin with a guess, then go by what the last round's
  // steps cost.
  let best;
  for (let round = 0, prices; round < 6; round++) {
    const coder = new Coder();
    prices = write(coder, bytes, ends, cheapest(bytes, ends, passages, prices));
    const text = coder.end();
    if (!best || text.length < best.length) best = text;
  }
  return best;
}

/** The writing half of unpack's `bit`: a binary range coder that carries. */
class Coder {
  chances = new Uint16Array(8192).fill(32768);
  seen = new Uint8Array(8192);
  range = 93 ** 4;
  low = 0;
  digits = [];
  /** Bits so far, by what their chances were. */
  cost = 0;

  bit(context, value) {
    const { chances, seen } = this;
    const split = (this.range >> 10) * (chances[context] >> 6);
    this.cost -= Math.log2((value ? split : this.range - split) / this.range);
    chances[context] +=
      (((value ? 65472 : 64) - chances[context]) * Math.floor(32768 / (seen[context] + 1.5))) >> 15;
    if (seen[context] < 13) seen[context]++;
    if (!value) this.low += split;
    this.range = value ? split : this.range - split;
    for (; this.range < 93 ** 3; this.range *= 93) this.digit();
  }

  digit() {
    const top = Math.floor(this.low / 93 ** 3);
    if (top > 92) for (let i = this.digits.length - 1; ++this.digits[i] > 92; i--) this.digits[i] = 0;
    this.digits.push(top % 93);
    this.low = (this.low % 93 ** 3) * 93;
  }

  number(kind, value) {
    const base = kind * 256;
    const width = widthOf(value);
    for (let i = 0; i < width; i++) this.bit(base + i, 1);
    this.bit(base + width, 0);
    for (let i = width, begun = 1; i > 0; i--) {
      const next = (value >> (i - 1)) & 1;
      this.bit(base + (begun < 8 ? 64 + width * 8 + begun : 32 + i), next);
      begun = begun * 2 + next;
    }
  }

  byte(before, value) {
    const context = 4096 + before * 256;
    for (let begun = 1, i = 7; i >= 0; i--) {
      const next = (value >> i) & 1;
      this.bit(context + begun, next);
      begun = begun * 2 + next;
    }
  }

  end() {
    for (let i = 0; i < 4; i++) this.digit();
    return String.fromCharCode(
      ...this.digits.map((digit) => digit + (digit < 2 ? 32 : digit < 59 ? 33 : 34)),
    );
  }
}

const widthOf = (value) => 31 - Math.clz32(value);

/**
 * For each place, the passages before it that are repeated there, longer and longer, the nearest of each
 * length: [length, distance].
 */
function passagesOf(bytes, ends) {
  const latest = new Map();
  const before = new Int32Array(bytes.length);
  const found = [];
  let file = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (i === ends[file]) file++;
    const most = ends[file] - i;
    const list = [];
    const key = (bytes[i] << 8) | bytes[i + 1];
    let longest = 1;
    for (let j = latest.get(key) ?? -1; j >= 0 && longest < most; j = before[j]) {
      let length = 0;
      if (bytes[j + longest] !== bytes[i + longest]) continue;
      while (length < most && bytes[j + length] === bytes[i + length]) length++;
      if (length <= longest) continue;
      longest = length;
      list.push([length, i - j]);
    }
    before[i] = latest.get(key) ?? -1;
    latest.set(key, i);
    found.push(list);
  }
  return found;
}

/** Writes the steps and returns what each kind of them cost on the average. */
function write(coder, bytes, ends, steps) {
  const sums = new Map();
  const priced = (kind, action) => {
    const before = coder.cost;
    action();
    const sum = sums.get(kind) ?? { cost: 0, count: 0 };
    sums.set(kind, { cost: sum.cost + coder.cost - before, count: sum.count + 1 });
  };
  let passages = 0;
  let file = 0;
  let lastDistance = 1;
  for (let i = 0; i < bytes.length; ) {
    if (i === 0 || i === ends[file]) {
      if (i > 0) file++;
      coder.number(0, ends[file] - i);
    }
    const { length, distance } = steps[i];
    const passage = length > 1 ? 1 : 0;
    const before = (i > 0 ? bytes[i - 1] : 0) >> 4;
    // What has not been written yet is zero to unpack.
    const expected = i < lastDistance ? 0 : bytes[i - lastDistance];
    priced(`passage ${passage}`, () => coder.bit(1280 + passages * 16 + before, passage));
    if (passage) {
      const again = distance === lastDistance ? 1 : 0;
      priced(`again ${again}`, () => coder.bit(1344 + passages * 8 + (expected >> 5), again));
      priced(`length ${widthOf(length - 1)}`, () => coder.number(again, length - 1));
      const kind = Math.min(length, 4);
      if (!again) priced(`distance ${kind} ${widthOf(distance)}`, () => coder.number(kind, distance));
      lastDistance = distance;
    } else {
      priced("byte", () => priced(`byte ${i}`, () => coder.byte(before, bytes[i])));
    }
    passages = ((passages * 2) & 3) + passage;
    i += length;
  }
  return (kind) => {
    const sum = sums.get(kind);
    return sum && sum.cost / sum.count;
  };
}

/** Passages longer than this are taken whole or not at all. */
const LONG = 64;

/** The steps, by the place where they begin, that together cost least at these prices. */
function cheapest(bytes, ends, passages, prices = () => undefined) {
  const n = bytes.length;
  const cost = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const last = [];
  const ofByte = (i) => (prices("passage 0") ?? 1) + (prices(`byte ${i}`) ?? prices("byte") ?? 4);
  const ofLength = Array.from(
    { length: 32 },
    (_, width) => (prices("passage 1") ?? 6) + (prices(`length ${width}`) ?? 2 + 2 * width),
  );
  const ofDistance = Array.from({ length: 5 }, (_, kind) =>
    Array.from(
      { length: 32 },
      (_, width) => (prices("again 0") ?? 1) + (prices(`distance ${kind} ${width}`) ?? 8 + width),
    ),
  );
  const ofAgain = prices("again 1") ?? 1;
  cost[0] = 0;
  let file = 0;
  for (let i = 0; i < n; i++) {
    if (i === ends[file]) file++;
    const before = last[i]?.latest ?? 1;
    const step = (length, distance, price, latest) => {
      if (cost[i] + price >= cost[i + length]) return;
      cost[i + length] = cost[i] + price;
      last[i + length] = { length, distance, latest };
    };
    step(1, 0, ofByte(i), before);
    for (
      let length = 1;
      before <= i &&
      length <= LONG &&
      i + length <= ends[file] &&
      bytes[i + length - 1] === bytes[i + length - 1 - before];
      length++
    ) {
      if (length > 1) step(length, before, ofAgain + ofLength[widthOf(length - 1)], before);
    }
    let shorter = 1;
    for (const [longest, distance] of passages[i]) {
      for (let length = longest > LONG ? longest : shorter + 1; length <= longest; length++) {
        step(
          length,
          distance,
          ofDistance[Math.min(length, 4)][widthOf(distance)] + ofLength[widthOf(length - 1)],
          distance,
        );
      }
      shorter = longest;
    }
  }
  const steps = [];
  for (let i = n; i > 0; i -= last[i].length) steps[i - last[i].length] = last[i];
  return steps;
}
