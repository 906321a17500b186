const recipe = ["test/site/recipe.test.ts"];
const hashes = ["test/site/hashes.test.ts"];
const digits = ["test/site/digits.test.ts"];
const threads = ["test/site/thread-race.test.ts"];
const tables = ["test/site/table.test.ts"];

/** Mutants of the playground: what decides the weights of a run, and how a link has it. */
export const site = [
  {
    file: "site/playground/data/random.ts",
    tests: recipe,
    changes: {
      "another constant of the generator": ["0x6d2b79f5", "0x6d2b79f7"],
      "noise that is off its middle": ["return sum - 6;", "return sum - 5;"],
    },
  },
  {
    file: "site/playground/data/own-points.ts",
    tests: recipe,
    changes: {
      "a point on its side": ["(toStep(x) << 13) | (toStep(y) << 2)", "(toStep(y) << 13) | (toStep(x) << 2)"],
      "points that are cut off": ["text.length % 4 !== 0 || ", ""],
      "classes that there are not": ["if (label > 2)", "if (label > 3)"],
    },
  },
  {
    file: "site/playground/data/formula.ts",
    tests: recipe,
    changes: {
      "a difference as a sum": ["left = (x) => before(x) - right(x);", "left = (x) => before(x) + right(x);"],
      "a quotient as a product": [
        "left = (x) => before(x) / right(x);",
        "left = (x) => before(x) * right(x);",
      ],
      "a sign that is lost": ["return (x) => -of(x);", "return (x) => of(x);"],
      "one power less": [
        "for (let i = 0; i < Number(exponent); i++)",
        "for (let i = 1; i < Number(exponent); i++)",
      ],
      "brackets without an end": ['if (!take(")"))', 'if (take(")"))'],
      "anything behind the formula": ["if (at < tokens.length)", "if (at < 0)"],
      "brackets without a bound": ["if (++depth > DEEPEST)", "if (++depth > 1000)"],
    },
  },
  {
    file: "site/playground/data/curve.ts",
    tests: recipe,
    changes: {
      "a formula that is infinite": ["if (!(Math.abs(value) <= LARGEST))", "if (Math.abs(value) < 0)"],
      "points without noise": ["y: f(x) + noise * normal()", "y: f(x)"],
    },
  },
  {
    file: "site/playground/data/sphere.ts",
    tests: recipe,
    changes: {
      "a short series": ["i <= 20", "i <= 12"],
      "a cosine of one side": ["(x < 0 ? -x : x)", "x"],
    },
  },
  {
    file: "site/playground/pairs.ts",
    tests: recipe,
    changes: {
      "any version": ['if (pairs.get("v") === String(VERSION))', 'if (pairs.has("v"))'],
      "any hash": ["/^[0-9a-f]{16}$/.test(sha)", "sha.length > 0"],
      "an error that is not a refusal": ["value = decodeURIComponent(raw);", "value = raw;"],
      "the last of two": ["else if (pairs.has(key))", 'else if (key === "")'],
    },
  },
  {
    file: "site/playground/link.ts",
    tests: recipe,
    changes: {
      "a run that starts by itself": ['starts: pairs.has("run")', "starts: true"],
    },
  },
  {
    file: "site/playground/parts.ts",
    tests: recipe,
    changes: {
      "an input twice": ["if (new Set(inputs).size < inputs.length)", "if (inputs.length < 0)"],
      "layers without a bound": ["if (words.length > limits.layers)", "if (words.length > 99)"],
      "weights that there are not": ["if (!(Number(index) < length))", "if (index === undefined)"],
      "a batch that is lost": ["const when = change.batch > 0 ?", "const when = change.batch < 0 ?"],
    },
  },
  {
    file: "site/playground/learner.ts",
    tests: hashes,
    changes: {
      "changes before their time": [
        "change.epoch === epoch && change.batch === batch",
        "change.epoch >= epoch && change.batch === batch",
      ],
      "changes that an epoch passes over": ["const next = this.changes.find", "const next = [].find"],
      "changes within an epoch that are lost": [
        "epoch === begin && batch > 0",
        "epoch === begin && batch < 0",
      ],
      "an epoch begun anew": ["initialEpoch: begin,", "initialEpoch: 0,"],
    },
  },
  {
    file: "site/playground/begun.ts",
    tests: hashes,
    changes: {
      "a seed for all": ["    seed,", "    seed: 1,"],
      "a rate for all": ["{ learningRate: rate }", "{ learningRate: 0.0001 }"],
    },
  },
  {
    file: "site/playground/race.ts",
    tests: threads,
    changes: {
      "a round too few": ["round <= rounds; round++", "round < rounds; round++"],
      "laps without their round": ["(await run(backend)), round });", "(await run(backend)), round: 1 });"],
    },
  },
  {
    file: "site/playground/thread-race.ts",
    tests: threads,
    changes: {
      "untimed samples that count": ["samples: timed * rows", "samples: (warmUp + timed) * rows"],
      "first weights of another seed": ["seed: threadTask.seed", "seed: performance.now() >>> 0"],
    },
  },
  {
    file: "site/playground/lenses/lanes.ts",
    tests: threads,
    changes: {
      "the slowest lap": ["const best = Math.min(...times);", "const best = Math.max(...times);"],
      "bits that nobody compared": ["lanes.length > 1 && hashes.size === 1", "hashes.size === 1"],
      "hashes that are not there": [" && !hashes.has(undefined)", ""],
      "threads in one lane": ["nameOf(lap) === name", "lap.variant === laps[0].variant"],
    },
  },
  {
    file: "site/playground/lenses/threads-here.ts",
    tests: threads,
    changes: {
      "threads that share nothing": ["if (!isIsolated)", "if (false)"],
      "threads on one core": ["cores < 2", "cores < 1"],
    },
  },
  {
    file: "site/playground/equations.ts",
    tests: ["test/site/equations.test.ts"],
    changes: {
      "a loss without its mean": ["isLogits ? 1 / count", "isLogits ? 1"],
      "squares without their two": ["2 / (count * outputs)", "1 / (count * outputs)"],
      "slopes of the outputs": ["forward[i - 1].z));", "forward[i - 1].a));"],
      "weights that are not turned": ["layer.w, { transposeB: true }", "layer.w, {}"],
    },
  },
  {
    file: "site/playground/data/nearest-digits.ts",
    tests: digits,
    changes: {
      "the farthest images": ["distances[a] - distances[b]", "distances[b] - distances[a]"],
    },
  },
  {
    file: "site/playground/data/digit-file.ts",
    tests: digits,
    changes: {
      "a label of the next line": ["labels[i] = numbers[DIGIT_PIXELS];", "labels[i + 1] = numbers[0];"],
    },
  },
  {
    file: "site/playground/data/digits.ts",
    tests: digits,
    changes: {
      "drawn digits that count once": ["Array<OwnDigit>(OWN_COPIES)", "Array<OwnDigit>(1)"],
      "ink above 1": ["image[pixel] / MOST_INK", "image[pixel]"],
      "drawn digits without a bound": ["if (words.length > MOST_OWN)", "if (words.length > 999)"],
      "drawn digits that are cut off": ["[0-9a-g]{64}$/", "[0-9a-g]*$/"],
      "drawn digits that are not learned": ["[...all.slice(0, known), ...own]", "all.slice(0, known)"],
    },
  },
  {
    file: "site/playground/data/strokes.ts",
    tests: digits,
    changes: {
      "strokes where they were drawn": ["DOTS / 2 + (x - (left + right) / 2) * scale", "x * DOTS"],
      "strokes as large as they were drawn": [
        "Math.min(room / Math.max(right - left, bottom - top, 1e-6), LARGEST_SCALE * DOTS)",
        "DOTS",
      ],
      "a dot as large as a digit": [
        "Math.max(right - left, bottom - top, 1e-6)",
        "Math.max(right - left, bottom - top, 1e-6) / 1e9",
      ],
      "a line without its way": ["Math.max(0, Math.min(1, share))", "Math.round(share)"],
    },
  },
  {
    file: "site/playground/table/choice.ts",
    tests: tables,
    changes: {
      "the first column for the target": ["usable.at(-1) ??", "usable.at(0) ??"],
      "a text for the target": ['kind === "yesNo");', 'kind !== "target");'],
      "a target that is left out": ["ignore.filter((name) => name !== target)", "ignore"],
      "a seed for all": ["seed: choice.seed,", "seed: 1,"],
      "classes that weigh the same": ['...(choice.balanced && { classWeights: "balanced" }),', ""],
      "names that the command takes apart": ['/[",]|^\\s|\\s$/', "/^$/"],
      "words that a shell takes apart": ["/^[\\w./:=,@%+-]+$/.test(word)", 'word !== ""'],
      "a value that looks like an option": ['value.startsWith("-")', 'value.startsWith("--")'],
      "folds for few rows": ["rows <= 1000 ? 5", "rows <= 100 ? 5"],
    },
  },
  {
    file: "site/playground/table/evidence.ts",
    tests: tables,
    changes: {
      "a model that is better by chance": ["if (interval[0] <= baseline)", "if (value <= baseline)"],
      "the score for the baseline": ["baseline: baseline.accuracy,", "baseline: scores.accuracy,"],
    },
  },
  {
    file: "site/playground/table/learner.ts",
    tests: tables,
    changes: {
      "one column": ["if (table.columns.length < 2)", "if (table.columns.length < 1)"],
      "other records": ["table.record(row))", "table.record(row + 1))"],
    },
  },
];
