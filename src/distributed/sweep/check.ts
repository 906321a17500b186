import { meant } from "../../encoding/meant.js";
import { fitOptionsFrom, metricFrom, ValueError } from "../../index.js";
import { canonical, type Json } from "../canonical.js";
import { refuse } from "./refuse.js";
import { combinations, isObject, type Search, searchesIn, variants } from "./search.js";
import {
  type Checked,
  type FileHash,
  PARTS,
  type Part,
  type Strategy,
  type SweepSpec,
  type TrainingSpec,
} from "./spec.js";

/** Characters of a spec. */
const MOST_TEXT = 1_000_000;
/** What one run may ask for. */
export const MOST_TRIALS = 10_000;
const MOST_FOLDS = 100;
const MOST_EPOCHS = 1_000_000;

const TRAINING = ["data", "seed", "model", "optimizer", "loss", "fit"] as const;
const SWEEP = [...TRAINING, "folds", "metric", "strategy", "refit"] as const;
const READING = ["format", "encoding", "delimiter", "comment", "columnNames", "badRows"] as const;
const COLUMNS = ["target", "task", "ignore", "columns", "dateFormat", "missing", "decimal"] as const;
const FIT = [
  "epochs",
  "batchSize",
  "accumulate",
  "shuffle",
  "validationSplit",
  "earlyStopping",
  "classWeights",
] as const;

const LAYERS = [
  { type: "dense", units: 64, activation: "relu" },
  { type: "dense", units: 64, activation: "relu" },
  "output",
] as const;

/** What has its default in a spec. */
const DEFAULTS = {
  seed: 1,
  model: { layers: LAYERS },
  optimizer: "adamw",
  loss: null,
  fit: { epochs: 30 },
} as const;

/** A spec that is checked and has its defaults. Where the loss is null, the target decides. */
export type CheckedTraining = Omit<Checked<TrainingSpec<FileHash>>, Part> & WithJson<Part>;
export type CheckedSweep = Omit<Checked<SweepSpec<FileHash>>, Part | "metric"> & WithJson<Part | "metric">;

type WithJson<Key extends string> = { readonly [Name in Key]: Json };

/** An object with no key but the known ones. @throws ValueError with the path */
export function checkKeys(
  who: string,
  path: string,
  value: unknown,
  known: readonly string[],
): asserts value is Record<string, unknown> {
  if (!isObject(value)) refuse(who, path, "an object", value);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const other = meant(key, known);
    const hint = other === undefined ? "" : `, did you mean ${other}?`;
    const what = `${JSON.stringify(key)}${hint}; known are ${known.join(", ")}`;
    throw new ValueError(`${who}: ${path} has the unknown key ${what}`);
  }
}

/** A whole number within a range. @throws ValueError with the path */
export function checkWhole(who: string, path: string, value: unknown, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
    refuse(who, path, `a whole number from ${least} to ${most}`, value);
}

/** The spec of a sweep with its defaults. @throws ValueError with the path of what is wrong */
export function checkSweep(who: string, given: unknown): CheckedSweep {
  checkKeys(who, "the spec", given, SWEEP);
  const { folds = 3, metric = "loss", strategy = "grid", refit = true, ...others } = given;
  checkWhole(who, "folds", folds, 2, MOST_FOLDS);
  if (typeof refit !== "boolean") refuse(who, "refit", "true or false", refit);
  if (metric !== "loss") checkMetric(who, metric);
  const training = checkTraining(who, others, metric === "loss" ? [] : [metric as Json]);
  checkStrategy(who, strategy as Strategy, training);
  return { ...training, folds, metric, strategy, refit } as CheckedSweep;
}

function checkMetric(who: string, metric: unknown): void {
  const { name } = at(who, "metric", "metricFrom", () => metricFrom(metric as never));
  if (name === "confusionMatrix") refuse(who, "metric", "one that is a number", metric);
}

/** The spec of a training with its defaults. @throws ValueError with the path of what is wrong */
export function checkTraining(who: string, given: unknown, metrics: readonly Json[] = []): CheckedTraining {
  checkKeys(who, "the spec", given, TRAINING);
  const ofImages = isObject(given.data) && Object.hasOwn(given.data, "images");
  const defaults = ofImages ? { ...DEFAULTS, model: { layers: [{ type: "flatten" }, ...LAYERS] } } : DEFAULTS;
  const spec = { ...defaults, ...given } as unknown as CheckedTraining;
  if (text(who, spec).length > MOST_TEXT)
    throw new ValueError(`${who} expected a spec of at most ${MOST_TEXT} characters of JSON`);
  if (!Number.isSafeInteger(spec.seed)) refuse(who, "seed", "a safe integer", spec.seed);
  checkData(who, spec.data);
  for (const part of PARTS) {
    const searches = searchesIn(who, spec[part], part);
    checkVariants(who, part, spec[part], searches, (value) => checkPart(who, part, value, metrics));
  }
  return spec;
}

/** A spec as canonical JSON. @throws ValueError for what JSON does not hold */
function text(who: string, spec: unknown): string {
  try {
    return canonical(JSON.parse(JSON.stringify(spec)));
  } catch (cause) {
    throw new ValueError(`${who} expected a spec that is JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Each value that is searched for, with the first of all others. */
function checkVariants(
  who: string,
  part: string,
  value: Json,
  searches: ReadonlyMap<string, Search>,
  check: (value: Json) => void,
): void {
  const [[, base], ...others] = variants(value, part, searches);
  let first: unknown;
  try {
    check(base);
  } catch (error) {
    first = error;
  }
  const failures = others.map(([path, each]) => {
    try {
      check(each);
      return undefined;
    } catch (error) {
      return [path, error as Error] as const;
    }
  });
  if (first === undefined) {
    const wrong = failures.find((failure) => failure !== undefined);
    if (wrong) throw new ValueError(`${who}: ${wrong[0]}: ${without(who, wrong[1])}`, { cause: wrong[1] });
    return;
  }
  // Where another value of one search is right, its first one is wrong.
  const right = others.findIndex((_, i) => failures[i] === undefined);
  if (right < 0) throw first;
  const path = others[right][0].replace(/\[\d+\]$/, "[0]");
  throw new ValueError(`${who}: ${path}: ${without(who, first as Error)}`, { cause: first });
}

const without = (who: string, { message }: Error): string =>
  message.startsWith(`${who}: `) ? message.slice(who.length + 2) : message;

/** A part of which every value is known. */
function checkPart(who: string, part: string, value: Json, metrics: readonly Json[]): void {
  if (part === "model") {
    checkModel(who, value);
    return;
  }
  if (part === "optimizer") checkGroups(who, value);
  if (part === "fit") checkFit(who, value);
  const json = {
    loss: part === "loss" ? (value ?? "softmaxCrossEntropy") : "softmaxCrossEntropy",
    metrics,
    ...(part === "optimizer" && { optimizer: value }),
    ...(part === "fit" && { ...(value as object), ...(hasStopping(value) && { validationSplit: 0.1 }) }),
  };
  at(who, part, "fitOptionsFrom", () => fitOptionsFrom(json as never));
}

const hasStopping = (fit: Json): boolean => isObject(fit) && fit.earlyStopping !== undefined;

function checkFit(who: string, fit: Json): void {
  checkKeys(who, "fit", fit, FIT);
  checkWhole(who, "fit.epochs", fit.epochs, 1, MOST_EPOCHS);
}

/** Expressions are run: none are taken from who wrote a spec. */
function checkGroups(who: string, optimizer: Json): void {
  if (!isObject(optimizer) || !Array.isArray(optimizer.groups)) return;
  optimizer.groups.forEach((group: Json, i) => {
    if (isObject(group) && !Array.isArray(group.parameters))
      refuse(who, `optimizer.groups[${i}].parameters`, "a list of names", group.parameters);
  });
}

/** The shape of a model; its layers are checked when it is built. */
function checkModel(who: string, model: Json): void {
  const isGraph = isObject(model) && Object.hasOwn(model, "calls");
  checkKeys(who, "model", model, isGraph ? ["inputs", "layers", "calls", "outputs"] : ["layers"]);
  const { layers } = model;
  if (!Array.isArray(layers) || layers.length === 0) refuse(who, "model.layers", "a list of layers", layers);
  layers.forEach((layer: Json, i) => {
    if (layer !== "output" && !(isObject(layer) && typeof layer.type === "string"))
      refuse(
        who,
        `model.layers[${i}]`,
        'a layer such as { "type": "dense", "units": 16 } or "output"',
        layer,
      );
  });
  const outputs = layers.filter((layer: Json) => layer === "output").length;
  if (outputs > 1) refuse(who, "model.layers", '"output" once', layers);
  if (outputs === 1 && !isGraph && layers.at(-1) !== "output")
    refuse(who, "model.layers", '"output" as the last layer', layers);
}

function checkData(who: string, data: unknown): void {
  if (!isObject(data)) refuse(who, "data", "an object with file and target, or images and labels", data);
  if (Object.hasOwn(data, "images")) {
    checkKeys(who, "data", data, ["images", "labels"]);
    checkFile(who, "data.images", data.images);
    checkFile(who, "data.labels", data.labels);
    return;
  }
  checkKeys(who, "data", data, ["file", ...COLUMNS, ...READING]);
  checkFile(who, "data.file", data.file);
  if (typeof data.target !== "string") refuse(who, "data.target", "the name of a column", data.target);
}

function checkFile(who: string, path: string, file: unknown): void {
  if (!isObject(file)) refuse(who, path, "a file by its SHA-256 and its name", file);
  checkKeys(who, path, file, ["sha256", "name"]);
  if (typeof file.sha256 !== "string" || !/^[0-9a-f]{64}$/.test(file.sha256))
    refuse(who, `${path}.sha256`, "64 hexadecimal digits", file.sha256);
  if (typeof file.name !== "string") refuse(who, `${path}.name`, "a name", file.name);
}

function checkStrategy(who: string, strategy: Strategy, spec: CheckedTraining): void {
  if (strategy === "grid") {
    const count = PARTS.reduce((product, part) => product * combinations(who, spec[part], part), 1);
    if (count > MOST_TRIALS)
      throw new ValueError(
        `${who}: strategy "grid" expected at most ${MOST_TRIALS} combinations, got ${count}; { "random": 20 } tries some of them`,
      );
    return;
  }
  if (!isObject(strategy)) refuse(who, "strategy", '"grid", { random } or { halving }', strategy);
  checkKeys(who, "strategy", strategy, ["random", "halving"]);
  if (Object.keys(strategy).length !== 1) refuse(who, "strategy", "random or halving", strategy);
  if ("random" in strategy) {
    checkWhole(who, "strategy.random", strategy.random, 1, MOST_TRIALS);
    return;
  }
  const { halving } = strategy as { halving: unknown };
  checkKeys(who, "strategy.halving", halving, ["trials", "factor"]);
  checkWhole(who, "strategy.halving.trials", halving.trials, 2, MOST_TRIALS);
  if (halving.factor !== undefined) checkWhole(who, "strategy.halving.factor", halving.factor, 2, 100);
}

/** What `make` gives; the errors of a reader of JSON, such as modelFrom, get the path of what it reads. */
export function at<Made>(who: string, path: string, reader: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const { message } = error as Error;
    const isPlaced = message.startsWith(`${reader}: `);
    const own = isPlaced ? message.slice(reader.length + 2) : message;
    // A reader of several parts names the part itself.
    const names = own.startsWith(`${path}.`) || own.startsWith(`${path}:`);
    const joint = isPlaced && /^\w+(\[\d+\])*[.:]/.test(own) ? "." : ": ";
    throw new ValueError(`${who}: ${names ? own : `${path}${joint}${own}`}`, { cause: error });
  }
}
