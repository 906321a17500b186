const recipe = ["test/site/recipe.test.ts"];
const hashes = ["test/site/hashes.test.ts"];

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
    file: "site/playground/link.ts",
    tests: recipe,
    changes: {
      "any version": ['if (pairs.get("v") !== String(VERSION))', 'if (!pairs.has("v"))'],
      "an input twice": ["if (new Set(inputs).size < inputs.length)", "if (inputs.length < 0)"],
      "layers without a bound": ["if (words.length > limits.layers)", "if (words.length > 99)"],
      "weights that there are not": ["if (!(Number(index) < length))", "if (index === undefined)"],
      "any hash": ["/^[0-9a-f]{16}$/.test(sha)", "sha.length > 0"],
      "an error that is not a refusal": ["value = decodeURIComponent(raw);", "value = raw;"],
      "the last of two": ["else if (pairs.has(key))", 'else if (key === "")'],
      "a run that starts by itself": ['starts: pairs.has("run")', "starts: true"],
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
      "a seed for all": ["seed: recipe.seed,", "seed: 1,"],
      "a rate for all": ["{ learningRate: recipe.rate }", "{ learningRate: 0.0001 }"],
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
];
