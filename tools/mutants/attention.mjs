const kernels = ["test/kernels/attention.test.ts"];
const golden = ["test/model/transformer-golden.test.ts"];
const layers = ["test/nn/attention.test.ts"];
const places = ["test/ops/positions.test.ts"];

/** Mutants of attention, rotations and positions: their kernels, operations and layers. */
export const attentions = [
  {
    file: "assembly/heads.ts",
    tests: kernels,
    changes: {
      "causal queries that see the next key": ["first + this.past + 1;", "first + this.past + 2;"],
      "a query that does not see its own key": ["first + this.past + 1;", "first + this.past;"],
      "a mask the other way round": ["=== 0) keys--;", "!== 0) keys--;"],
      "the same draws for all heads": ["(sample * shape.heads + head) * groups", "sample * groups"],
      "a panel as high as the keys that are seen": ["min<i32>(MR, all - j)", "min<i32>(MR, rows - j)"],
    },
  },
  {
    file: "assembly/attention.ts",
    tests: kernels,
    changes: {
      "the largest score one of a hidden key": [
        "x0 = lane.select<T>(lane.lt<T>(hides, index0), x0, low);",
        "x0 = x0;",
      ],
      "hidden keys with a probability": ["p1 = lane.and<T>(lane.lt<T>(hides, index1), p1);", ""],
      "NaN for a query without keys": ["lane.eq<T>(sum, zero), zero, inverted", "zero, zero, inverted"],
      "the mask of the first sample for all": ["if (mask) mask += (<usize>keys) << 2;", ""],
      "all keys in the product of causal queries": [
        "shape.visible(seen, first + i, rows),",
        "visible,",
        { equivalent: "The keys that a query does not see have a probability of 0." },
      ],
    },
  },
  {
    file: "assembly/attention-backward.ts",
    tests: kernels,
    changes: {
      "gradients of hidden keys left as they were": [
        "for (let j = seen; j < keys; j++) {",
        "for (;false;) {",
      ],
      "gradients of keys that no query sees left as they were": [
        "if (terms === 0 && from > 0)",
        "if (terms === 0)",
      ],
      "scores of a panel left as they were": ["for (let j = rows; j < end; j++) {", "for (;false;) {"],
      "a slope without the mean": ["lane.sub<T>(lane.load<T>(dp + at), sum0)", "lane.load<T>(dp + at)"],
      "values without what was dropped": [
        "lane.store<T>(x + at + v, lane.mul<T>(p1, lane.load<T>(drawn + v)));",
        "",
      ],
    },
  },
  {
    file: "assembly/rotate.ts",
    tests: kernels,
    changes: {
      "the other features not copied": ["if (x !== y) copyRow(x, y, rest);", ""],
      "the angles of the first sample go on": ["if (++step === time) step = 0;", "step++;"],
      "no way back": [
        "lane.mul<T>(sign, lane.read<T>(cosines + half, part))",
        "lane.read<T>(cosines + half, part)",
      ],
    },
  },
  {
    file: "src/ops/attention.ts",
    tests: ["test/ops/operations.test.ts"],
    changes: {
      "every operand with a gradient of its own": [
        "> widths[i] ? values.indexOf(value) : i",
        "> widths[i] ? i : i",
      ],
      "gradients that nobody needs over those of others": [
        "const unused = at[scratch] + room;",
        "const unused = at[dy.id];",
      ],
      "causal always": ["causal ? 0 : -1", "0", { tests: golden }],
      "any mask fits": ["mask.size !== keys", "mask.size < 0"],
    },
  },
  {
    file: "src/ops/positions.ts",
    tests: places,
    changes: {
      "gradients of shared places that replace": ["rows, size, adds, size);", "rows, size, 0, size);"],
      "a gradient turned the same way": ["attributes.direction === 1 ? -1 : 1", "1"],
      "frequencies of each element": ["1 / power(base, (2 * p) / size)", "1 / power(base, p / size)"],
      "sines and cosines the other way round": ["i % 2 === 0 ? sineOfTurns", "i % 2 === 1 ? sineOfTurns"],
    },
  },
  {
    file: "src/core/reproducible-math.ts",
    tests: places,
    changes: {
      "a sine of the wrong sign": ["turns < 0.25 ? 0.25 - turns : turns - 0.25", "0.25 + turns"],
    },
  },
  {
    file: "src/layers/attention.ts",
    tests: layers,
    changes: {
      "no mask": ["const mask = key.mask ?? value.mask;", "const mask = undefined;"],
      "dropout in predicting": ["scope.training && dropout > 0", "dropout > 0"],
      "values turned too": [
        "[[2 * heads], [heads, heads], [heads, heads, 0]]",
        "[[3 * heads], [heads, heads], [heads, heads, 0]]",
      ],
      "queries not turned": [
        "[[2 * heads], [heads, heads], [heads, heads, 0]]",
        "[[2 * heads], [0, heads], [heads, heads, 0]]",
      ],
      "an odd size with rotary": ["if (base !== false && keySize % 2 !== 0)", "if (false)"],
    },
  },
  {
    file: "src/layers/transformer.ts",
    tests: golden,
    changes: {
      "always normalized first": ["return this.normFirst ? sum : next(norm, sum);", "return sum;"],
      "nothing added": ["add(x.scope.graph, x.value, made.value)", "made.value"],
      "the mask lost": ["const sum = x.along(", "const sum = x.to(", { tests: layers }],
      "a gate that adds nothing": ["next(gate, x).value)", "h.value)", { tests: layers }],
    },
  },
];
