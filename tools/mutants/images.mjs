const pixels = ["test/images/image.test.ts"];
const files = ["test/images/read-image.test.ts"];
const variants = ["test/images/augment.test.ts"];
const training = ["test/images/fit.test.ts"];
const folders = ["test/images/image-folder.test.ts"];

/** Mutants of images: their pixels, files, folders and variants. */
export const images = [
  {
    file: "src/data/resize.ts",
    tests: pixels,
    changes: {
      "pixels skipped where an image shrinks": ["Math.max(1, scale)", "1"],
      "weights that do not add up": ["weight / sum", "weight"],
      "half a pixel off": ["const centre = (i + 0.5) * scale;", "const centre = i * scale;"],
    },
  },
  {
    file: "src/data/image.ts",
    tests: pixels,
    changes: {
      "black behind transparent pixels": ["{ size, background = 1 }", "{ size, background = 0 }"],
      "red for gray": ["0.299 * red + 0.587 * green + 0.114 * blue", "red"],
      "the size on the page": ["naturalWidth ?? videoWidth ??", "videoWidth ??"],
    },
  },
  {
    file: "src/data/warp.ts",
    tests: variants,
    changes: {
      "the edge where a number was asked for": [
        'if (fill !== "edge" && (nearX !== placeX || nearY !== placeY)) {',
        "if (false) {",
      ],
      "the nearest pixel": ["const right = nearX - left;", "const right = 0;"],
    },
  },
  {
    file: "src/data/augment.ts",
    tests: variants,
    changes: {
      "one variant for all samples": ["sample * DRAWS + draw", "draw"],
      "one variant for all epochs": [
        "new RandomStream(seed, purposes.augment, epoch)",
        "new RandomStream(seed, purposes.augment, 0)",
      ],
      "parts of pixels": [
        "Math.round(around(uniform(draws.shiftRight), shift[1]) * width)",
        "(around(uniform(draws.shiftRight), shift[1]) * width)",
      ],
      "a factor that shrinks for one that enlarges": [
        "cosineOfTurns(turns < 0 ? turns + 1 : turns) / factor",
        "cosineOfTurns(turns < 0 ? turns + 1 : turns) * factor",
      ],
      "contrast about 0": ["(data[i] - mean) * factor + (mean + more)", "data[i] * factor + more"],
    },
  },
  {
    file: "src/training/augmenter.ts",
    tests: training,
    changes: {
      "the variants of the first epoch again": ["purposes.augment, life)", "purposes.augment, 0)"],
    },
  },
  {
    file: "src/training/sources.ts",
    tests: training,
    changes: {
      "places in the batch for places in the epoch": ["this.before += this.batch?.rows ?? 0;", ""],
      "a resumed epoch counted from 0": ["this.before = rows;", ""],
    },
  },
  {
    file: "src/node/image-header.ts",
    tests: files,
    changes: {
      "photos that lie": ["const lies = orientation > 4;", "const lies = false;"],
      "images of any size": ["height * width > MOST_PIXELS)", "false)"],
    },
  },
  {
    file: "src/node/decode-image.ts",
    tests: files,
    changes: {
      "sums of chunks unchecked": ["{ checkCrc: true }", "{ checkCrc: false }"],
      "clear colours shown": ["pixel.every((value, c) => value === clear[c]) ? 0 : most", "most"],
      "a camera held the other way": [
        "[3, 4, 6, 7].includes(orientation)",
        "[3, 4, 5, 8].includes(orientation)",
      ],
    },
  },
  {
    file: "src/node/image-folder.ts",
    tests: folders,
    changes: {
      "images of no class": ['path.includes("/") && IMAGE.test(path)', "IMAGE.test(path)"],
      "hidden files": ['.filter(({ name }) => !name.startsWith("."))', ""],
      "all images to train on": ["training: part(train)", "training: part(Int32Array.from(found.keys()))"],
    },
  },
];
