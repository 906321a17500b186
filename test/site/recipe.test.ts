import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CurveData,
  checkedFormula,
  functionNames,
  functions,
} from "../../site/playground/data/curve.js";
import type { DigitsData } from "../../site/playground/data/digits.js";
import { formulaFrom } from "../../site/playground/data/formula.js";
import { type SceneName, sceneNames, sceneOf } from "../../site/playground/data/index.js";
import { rounded } from "../../site/playground/data/own-points.js";
import { type PointsData, setNames } from "../../site/playground/data/points.js";
import { type Limits, Refusal } from "../../site/playground/data/scene.js";
import { cosine, sine } from "../../site/playground/data/sphere.js";
import { decode, encode } from "../../site/playground/link.js";
import { notationNames } from "../../site/playground/notations/names.js";
import {
  activations,
  type Change,
  defaultRecipe,
  inWords,
  optimizers,
  parameterLengths,
  type Recipe,
  settingsAt,
} from "../../site/playground/recipe.js";
import { controlNames, type View, wholeView } from "../../site/playground/view.js";

const share = (most: number) => fc.integer({ min: 0, max: 100 }).map((part) => (most * part) / 100);

const pointsData: fc.Arbitrary<PointsData> = fc.oneof(
  fc.record({
    set: fc.constantFrom(...setNames),
    count: fc.integer({ min: 10, max: 2000 }),
    noise: share(1),
    seed: fc.integer({ min: 0, max: 0xffffffff }),
  }),
  fc
    .array(
      fc
        .record({ x: share(2), y: share(2), label: fc.integer({ min: 0, max: 2 }) })
        .map(({ x, y, label }) => rounded({ x: x - 1, y: y - 1, label })),
      { maxLength: 60 },
    )
    .map((points) => ({ set: "own" as const, points })),
);

const curveData: fc.Arbitrary<CurveData> = fc
  .record({
    name: fc.constantFrom(...functionNames, "formula" as const),
    typed: fc.constantFrom("x^2+1", "(1+2x)/3 & more".slice(0, 8), "x*x*(x-0.5)"),
    count: fc.integer({ min: 10, max: 2000 }),
    noise: share(1),
  })
  .map(({ name, typed, ...rest }) => ({
    name,
    formula: name === "formula" ? typed : functions[name].formula,
    ...rest,
  }));

const sphereData = fc.record({ count: fc.integer({ min: 10, max: 2000 }) });

const digitsData: fc.Arbitrary<DigitsData> = fc.record({
  own: fc.array(
    fc.record({
      label: fc.integer({ min: 0, max: 9 }),
      image: fc.uint8Array({ minLength: 64, maxLength: 64, max: 16 }),
    }),
    { maxLength: 5 },
  ),
});

const dataOf: Readonly<Record<SceneName, fc.Arbitrary<unknown>>> = {
  points: pointsData,
  curve: curveData,
  sphere: sphereData,
  digits: digitsData,
};

const layersWithin = (limits: Limits) =>
  fc.array(
    fc.record({
      units: fc.integer({ min: 1, max: limits.units }),
      activation: fc.constantFrom(...activations),
    }),
    { maxLength: limits.layers },
  );

/** Any recipe that the page can make. */
const recipes: fc.Arbitrary<Recipe> = fc
  .constantFrom(...sceneNames)
  .chain((scene) =>
    fc.record({
      scene: fc.constant(scene),
      data: dataOf[scene],
      test: share(0.9),
      inputs: fc
        .subarray([...sceneOf(scene).features], { minLength: 1 })
        .map((inputs) => sceneOf(scene).features.filter((feature) => inputs.includes(feature))),
      convolutions: layersWithin(sceneOf(scene).image?.limits ?? { layers: 0, units: 1 }),
      layers: layersWithin(sceneOf(scene).limits),
      optimizer: fc.constantFrom(...optimizers),
      rate: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      batch: fc.integer({ min: 1, max: 1000 }),
      epochs: fc.integer({ min: 1, max: 100_000 }),
      loss: fc.constant("squaredError" as const),
      l2: fc.double({ min: 0, max: 1, noNaN: true }).map((l2) => l2 + 0),
      dropout: share(0.9),
      patience: fc.integer({ min: 0, max: 10_000 }),
      seed: fc.integer({ min: 0, max: 0xffffffff }),
      changes: fc.constant([]),
    }),
  )
  // A convolution takes whole images.
  .map((recipe) =>
    recipe.convolutions.length > 0 ? { ...recipe, inputs: sceneOf(recipe.scene).features } : recipe,
  )
  .chain((recipe) =>
    fc.array(changesOf(recipe), { maxLength: 5 }).map((changes) => ({ ...recipe, changes })),
  );

const views: fc.Arbitrary<View> = fc.record({
  embed: fc.boolean(),
  hidden: fc.subarray(controlNames),
  notation: fc.constantFrom(...notationNames),
});

function changesOf(recipe: Recipe): fc.Arbitrary<Change> {
  const epoch = fc.integer({ min: 0, max: 999_999 });
  const anywhere = { epoch, batch: fc.integer({ min: 0, max: 9999 }) };
  const betweenEpochs = { epoch, batch: fc.constant(0) };
  const kind = <Kind extends Change["kind"]>(name: Kind) => ({ kind: fc.constant(name) });
  const lengths = parameterLengths(recipe);
  return fc.oneof(
    fc.record({ ...anywhere, ...kind("rate"), value: fc.double({ min: 1e-6, max: 10, noNaN: true }) }),
    fc.record({ ...anywhere, ...kind("l2"), value: share(1) }),
    fc.record({ ...betweenEpochs, ...kind("batch"), value: fc.integer({ min: 1, max: 1000 }) }),
    fc.record({ ...betweenEpochs, ...kind("optimizer"), value: fc.constantFrom(...optimizers) }),
    fc.integer({ min: 0, max: lengths.length - 1 }).chain((parameter) =>
      fc.record({
        ...anywhere,
        ...kind("weight"),
        parameter: fc.constant(parameter),
        index: fc.integer({ min: 0, max: lengths[parameter] - 1 }),
        value: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      }),
    ),
  );
}

describe("a link", () => {
  it("gives back each of 1,000 recipes, with its hash and what is shown", () => {
    fc.assert(
      fc.property(recipes, views, (recipe, view) => {
        const {
          recipe: read,
          expected,
          problems,
          ...rest
        } = decode(encode(recipe, "0123456789abcdef0123", view));
        expect(problems).toEqual([]);
        expect(read).toEqual(recipe);
        expect(rest.view).toEqual(view);
        expect(expected).toBe("0123456789abcdef");
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("leaves out what is usual, and starts by itself only when it says so", () => {
    for (const scene of sceneNames) {
      expect(encode(defaultRecipe(scene))).toBe(`v=1&scene=${scene}`);
      expect(decode(`#v=1&scene=${scene}`)).toMatchObject({ recipe: { scene }, starts: false, problems: [] });
      expect(decode(`#v=1&scene=${scene}&run`).starts).toBe(true);
    }
    expect(decode("")).toEqual({
      recipe: defaultRecipe("points"),
      starts: false,
      view: wholeView,
      problems: [],
    });
  });

  const mutation = fc.record({
    kind: fc.constantFrom("cut", "insert", "swap", "repeat"),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    length: fc.integer({ min: 1, max: 12 }),
    text: fc.oneof(
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom("&", "=", "%", "-1", "1e99", "&at=", ";", ","),
    ),
  });

  it("that is mutated, 10,000 times, is read or told to be wrong, and never throws", () => {
    let told = 0;
    fc.assert(
      fc.property(
        recipes,
        views,
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (recipe, view, mutations) => {
          let text = encode(recipe, "0123456789abcdef", view);
          for (const { kind, at, length, text: inserted } of mutations) {
            const place = Math.floor(at * text.length);
            const [before, part, after] = [
              text.slice(0, place),
              text.slice(place, place + length),
              text.slice(place + length),
            ];
            text =
              before +
              { cut: "", insert: inserted + part, swap: [...part].reverse().join(""), repeat: part + part }[
                kind
              ] +
              after;
          }
          const { recipe: read, problems } = decode(text);
          for (const problem of problems) expect(problem).toMatch(/^[A-Z"].*\.$/s);
          told += problems.length > 0 ? 1 : 0;
          // What is read is a recipe: it comes back from its own link, and it has samples.
          const again = decode(encode(read));
          expect(again.problems).toEqual([]);
          expect(again.recipe).toEqual(read);
          expect(inWords(read)).toMatch(/^A .*network .*\.$/s);
        },
      ),
      { numRuns: 10_000, seed: 2 },
    );
    expect(told).toBeGreaterThan(3000);
  });

  it.each([
    ["v=2&scene=points", 'The link has version "2"; this page reads version 1.'],
    ["v=1&scene=tea", 'The scene must be one of points, curve, sphere, digits, not "tea".'],
    ["v=1&rate=fast", 'The learning rate must be a number from 0.000001 to 10, not "fast".'],
    ["v=1&epochs=1.5", 'The number of epochs must be a whole number from 1 to 100000, not "1.5".'],
    ["v=1&net=8tanh,99tanh", 'The units of a layer must be a whole number from 1 to 64, not "99".'],
    [
      "v=1&net=8tan",
      'An activation must be one of tanh, relu, sigmoid, leakyRelu, elu, gelu, silu, softsign, not "tan".',
    ],
    ["v=1&data=%E0%A4%A", 'The value of "data" has a % without two hexadecimal digits after it.'],
    ["v=1&stop=never", 'The patience of early stopping must be a whole number from 0 to 10000, not "never".'],
    [
      "v=1&hide=data,menu",
      'What is hidden must be one of scenes, data, training, lenses, speed, loss, hash, recipe, share, not "menu".',
    ],
    ["v=1&colour=red", '"colour" is not part of a recipe.'],
    ["v=1&seed=1&seed=2", '"seed" is given twice; the first one counts.'],
    ["v=1&at=5:p9.0:1", 'The network has no weight "p9.0" to change.'],
    [
      "v=1&at=5.2:batch:64",
      "The batch changes between two epochs, as in 120:batch, not in the middle of one.",
    ],
    ["v=1&at=5:l2:2", 'L2 must be a number from 0 to 1, not "2".'],
    ["v=1&conv=8relu", "The scene Points has no images to convolve."],
    ["v=1&scene=digits&in=p0,p1&conv=8relu", "A convolution needs all 64 pixels, not 2 of them."],
    ["v=1&scene=digits&conv=8relu,8relu,8relu", "A network has at most 2 convolutions here, not 3."],
    [
      "v=1&scene=digits&conv=99relu",
      'The filters of a convolution must be a whole number from 1 to 16, not "99".',
    ],
    ["v=1&in=x,y,x", "An input is named twice."],
    [`v=1&net=${Array(9).fill("1tanh").join(",")}`, "A network has at most 8 hidden layers here, not 9."],
    ["v=1&data=own,AAA", "The drawn points are cut off or have characters that no point has."],
    ["v=1&data=own,AAAD", "Point 1 has class 4; there are three."],
    ["v=1&sha=xyz", 'The hash must be 16 hexadecimal digits, not "xyz".'],
    [
      "v=1&scene=curve&data=formula,200,0,1/x",
      "At x = 0 the formula is Infinity; it must stay from -100 to 100.",
    ],
    ["v=1&scene=curve&loss=crossEntropy", 'The loss must be one of squaredError, not "crossEntropy".'],
  ])("%s: %s", (link, problem) => {
    expect(decode(link).problems).toEqual([problem]);
  });

  it("hides what it knows, and does the same run", () => {
    const { view, recipe } = decode("v=1&scene=points&hide=speed,menu,data,speed");
    expect(view).toEqual({ ...wholeView, hidden: ["data", "speed"] });
    expect(recipe).toEqual(defaultRecipe("points"));
  });

  it("without early stopping does all epochs, as links did before there was any", () => {
    for (const scene of sceneNames) expect(decode(`v=1&scene=${scene}`).recipe.patience).toBe(0);
  });
});

describe("the settings of a run", () => {
  const { recipe } = decode("v=1&at=5:rate:0.1;3:opt:sgd;5.2:l2:0.01;7:batch:20;5.2:p0.1:3;7:rate:1");
  it.each([
    [0, 0, { rate: 0.003, l2: 0, batch: 10, optimizer: "adam" }],
    [3, 0, { rate: 0.003, l2: 0, batch: 10, optimizer: "sgd" }],
    [5, 1, { rate: 0.1, l2: 0, batch: 10, optimizer: "sgd" }],
    [5, 2, { rate: 0.1, l2: 0.01, batch: 10, optimizer: "sgd" }],
    [9, 0, { rate: 1, l2: 0.01, batch: 20, optimizer: "sgd" }],
  ])("after epoch %i and %i batches are those of the recipe and its changes", (epoch, batch, settings) => {
    expect(settingsAt(recipe, { epoch, batch })).toEqual(settings);
  });
});

it("a convolutional network is told in words", () => {
  const { recipe, problems } = decode("v=1&scene=digits&conv=8relu,16tanh&net=20elu");
  expect(problems).toEqual([]);
  expect(inWords(recipe)).toContain(
    "A convolutional network (8 and 16 filters of 3 × 3 pixels, each pooled, then 64-20-10) with relu and tanh and elu learns",
  );
  expect(parameterLengths(recipe)).toEqual([72, 8, 1152, 16, 1280, 20, 200, 10]);
});

describe("a formula", () => {
  it.each([
    ["x^2", 0.5, 0.25],
    ["2x + 1", 0.25, 1.5],
    ["-x^2", 3, -9],
    ["1/(1+16x^2)", 0.5, 0.2],
    ["(1 - x)(1 + x)", 0.5, 0.75],
    ["2 - 3 - 4", 0, -5],
    ["--x", 2, 2],
  ])("%s at %f is %f", (text, x, value) => expect(formulaFrom(text)(x)).toBe(value));

  it.each([
    "",
    "x +",
    "(x",
    "x)",
    "y",
    "x^x",
    "x^10",
    "alert(1)",
    "1..2",
    "x".repeat(81),
    "(".repeat(50),
    `${"(".repeat(13)}x${")".repeat(13)}`,
  ])("%s is refused with a sentence", (text) => expect(() => checkedFormula(text)).toThrow(Refusal));
});

describe("the sphere's sine and cosine", () => {
  it("are within 1e-9 of those of Math, from -pi to pi", () => {
    for (let i = -1000; i <= 1000; i++) {
      const x = (i / 1000) * Math.PI;
      expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(1e-9);
      expect(Math.abs(cosine(x) - Math.cos(x))).toBeLessThan(1e-9);
    }
  });
});

describe("data sets", () => {
  const hashOf = (scene: SceneName, text: string): string => {
    const recipe = { ...defaultRecipe(scene), data: sceneOf(scene).decode(text) };
    const { training, test } = sceneOf(scene).samples(recipe);
    const hash = createHash("sha256");
    for (const { x, y } of [training, test]) hash.update(x).update(y);
    return hash.digest("hex").slice(0, 16);
  };

  it("have the bits that they had, which every engine gives", () => {
    const hashes = Object.fromEntries([
      ...setNames.map((set) => [set, hashOf("points", `${set},400,0.02,1`)]),
      ...functionNames.map((name) => [name, hashOf("curve", `${name},200,0.05`)]),
      ["sphere", hashOf("sphere", "1000")],
    ]);
    expect(hashes).toMatchInlineSnapshot(`
      {
        "arms": "04a49dfd9af5095f",
        "bump": "9e829ffed65cab25",
        "circle": "3d0b8fcbbc4767b7",
        "clouds": "d5da453bd9610a89",
        "cube": "a6bb32f13af7097b",
        "line": "921a5e97c1eca331",
        "moons": "be24c7b7d7116b01",
        "rings": "9707c12be1ae5ad2",
        "sphere": "30e47b42c2039608",
        "spiral": "964d234a219e122e",
        "square": "c16db306a057c0ed",
        "wave": "7a00c14a396ec5db",
        "xor": "05663d4a1642253c",
      }
    `);
  });

  it.each(setNames)("%s has each class as often as the others, inside the picture", (set) => {
    const recipe = { ...defaultRecipe("points"), data: sceneOf("points").decode(`${set},600,0,1`), test: 0 };
    const { training } = sceneOf("points").samples(recipe);
    expect(training.rows).toBe(600);
    expect(Math.max(...training.x.map(Math.abs))).toBeLessThanOrEqual(3.01);
  });
});
