const chunks = ["test/threads/splits.test.ts"];

/** Kernels that are divided among threads. */
export const splits = [
  {
    file: "src/threads/splits.ts",
    tests: chunks,
    changes: {
      "samples of a convolution as far apart as its windows": ["sizes: { x, y },", "sizes: { x: y, y },"],
      "states before the first step of one sample for all": ["initial: of(0, states)", "initial: of(0, 0)"],
      "random numbers of attention drawn again": [
        "heads(a, read) * Math.ceil(queries(a, read) / 8)",
        "0 * Math.ceil(queries(a, read) / 8)",
      ],
      "groups of columns torn apart": ["a[size] === 1 ? 16 : a[size]", "1"],
      "rotations that begin in a sequence": ['{ grain: product("rotate", "time") }', "{ grain: 1 }"],
      "filters of several groups divided": [
        "groups(a, read) === 1 ? byFilters",
        "groups(a, read) > 0 ? byFilters",
      ],
    },
  },
  {
    file: "src/threads/queue.ts",
    tests: chunks,
    changes: {
      "a pointer of 0 that moves on": ["if (!isAddress || values[parameter] !== 0)", ""],
    },
  },
  {
    file: "src/threads/split.ts",
    tests: [...chunks, "test/threads/split.test.ts"],
    changes: {
      "chunks of any length": [
        "Math.ceil(count / chunks / multiple) * multiple",
        "Math.ceil(count / chunks)",
      ],
      "chunks that one thread gets more of": ["if (load > BALANCE * least) continue;", ""],
      "one chunk for each thread": [
        "chunks <= most; chunks += threads",
        "chunks <= threads; chunks += threads",
      ],
    },
  },
];
