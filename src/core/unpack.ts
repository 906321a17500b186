/** Bytes that the files of a text may have together. */
const ROOM = 1 << 17;

/**
 * By how often a context was seen, how far a bit moves its chances, of 32768: as an average at first, then
 * ever more a moving one.
 */
const STEPS = Array.from({ length: 14 }, (_, times) => Math.floor(32768 / (times + 1.5)));

/**
 * A digit of the text from its character: those that can be printed but for the quotation mark and the
 * backslash, 93 of them.
 */
const digit = (code: number) => code - 32 - +(code > 34) - +(code > 92);

/**
 * File number `index` of those that tools/pack.mjs has put into one text: passages seen before (LZ77) and
 * bytes, each decision a bit of an adaptive binary range coder (Martin 1979) whose digits are the characters.
 */
export function unpack(text: string, index: number): Uint8Array<ArrayBuffer> {
  const chances = new Uint16Array(8192).fill(32768);
  const seen = new Uint8Array(8192);
  let at = 0;
  let range = 93 * 93 * 93 * 93;
  let code = 0;
  while (at < 4) code = code * 93 + digit(text.charCodeAt(at++));

  /** The next bit, which was 1 as often in this context as chances[context] / 65536 says. */
  function bit(context: number): number {
    const chance = chances[context];
    const times = seen[context];
    const split = (range >> 10) * (chance >> 6);
    const one = code < split ? 1 : 0;
    if (one) range = split;
    else {
      code -= split;
      range -= split;
    }
    chances[context] = chance + ((((one ? 65472 : 64) - chance) * STEPS[times]) >> 15);
    if (times < 13) seen[context] = times + 1;
    for (; range < 93 * 93 * 93; range *= 93) code = code * 93 + digit(text.charCodeAt(at++));
    return one;
  }

  /** A number from 1 on: how many bits follow its first, in ones, then those bits. */
  function number(kind: number): number {
    const base = kind * 256;
    let width = 0;
    while (bit(base + width)) width++;
    let value = 1;
    for (let i = width; i > 0; i--)
      value = value * 2 + bit(base + (value < 8 ? 64 + width * 8 + value : 32 + i));
    return value;
  }

  const bytes = new Uint8Array(ROOM);
  let length = 0;
  let passages = 0;
  let distance = 1;
  for (; ; index--) {
    const begin = length;
    const end = begin + number(0);
    while (length < end) {
      const before = bytes[length - 1] >> 4;
      // The byte that would go on with the last passage, or begin it again.
      const expected = bytes[length - distance];
      const passage = bit(1280 + passages * 16 + before);
      if (passage) {
        const again = bit(1344 + passages * 8 + (expected >> 5));
        const count = number(again) + 1;
        if (!again) distance = number(Math.min(count, 4));
        for (let i = 0; i < count; i++, length++) bytes[length] = bytes[length - distance];
      } else {
        const context = 4096 + before * 256;
        let byte = 1;
        while (byte < 256) byte = byte * 2 + bit(context + byte);
        bytes[length++] = byte;
      }
      passages = ((passages * 2) & 3) + passage;
    }
    if (index === 0) return bytes.slice(begin, end);
  }
}
