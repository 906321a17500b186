import { loadModel, ValueError } from "../../index.js";
import type { Survey } from "../../rows/tasks.js";
import { onlyValue, runTask } from "../../rows/thread.js";
import { ARITHMETIC } from "../build-hash.js";
import { hashOf, type Json } from "../canonical.js";
import type { Blobs, Context, Done, Job, Outcome, Output, Program, Stage } from "../engine.js";
import { ownLayers } from "../own-layers.js";
import { type Part, partsOf } from "./cuts.js";
import { linesOf, type Outputs } from "./lines.js";
import { packOutputs } from "./packed.js";
import { probabilities } from "./probabilities.js";
import { checkScore, type ScoreSpec } from "./spec.js";

/** Bytes of a part's predictions. */
const MOST_BYTES = 32 * 1024 * 1024;

const WHO = "predictFile";

/** The parts, of which the last stage is told. */
interface State {
  readonly rows: number;
  readonly parts: readonly (readonly [from: number, to: number])[];
}

/** What the predictions of a file come to. */
export interface PredictedRows {
  readonly rows: number;
  readonly parts: number;
}

/** The name of the blob that is the model's file. */
export const modelBlob = ({ model }: Pick<ScoreSpec, "model">): string => `model ${model}`;

/** Looks where the rows of a file are; then predicts them, a part of the file a job. */
export const scoreProgram: Program<Json> = {
  name: "predict",
  check: (spec) => checkScore(WHO, spec) as unknown as Json,
  start: (spec) => ({ state: null, jobs: [surveyJob(specOf(spec))] }),
  compute: (spec, job, reads, context) =>
    job.reads ? predictPart(specOf(spec), job, reads, context) : survey(specOf(spec), context),
  next: (spec, { state }, outcomes) =>
    state === null
      ? predictions(specOf(spec), outcomes[0])
      : finished(specOf(spec), state as unknown as State, outcomes),
};

const specOf = (spec: Json): ScoreSpec => spec as unknown as ScoreSpec;

function surveyJob({ file, reading }: ScoreSpec): Job {
  const meaning = { program: "predict", arithmetic: ARITHMETIC, file: file.sha256, reading };
  return { key: hashOf(meaning as Json), data: {} };
}

async function survey({ file, reading }: ScoreSpec, context: Context): Promise<Output> {
  const path = await context.file(file.sha256);
  const found: Survey = await onlyValue("survey", { who: WHO, path, reading }, false);
  return { value: JSON.parse(JSON.stringify(found)) };
}

/** The job of a part, named by all that its predictions depend on. */
function partJob(spec: ScoreSpec, { from, to, csv }: Part): Job {
  const { file, parts: _, ...others } = spec;
  const meaning = { program: "predict", arithmetic: ARITHMETIC, ...others, file: file.sha256, from, to };
  const key = hashOf(meaning as unknown as Json);
  const data = { from, to, ...(csv && { csv }) };
  return { key, data: data as unknown as Json, reads: [modelBlob(spec)] };
}

const blobOf = ({ key }: Job): string => `rows ${key}`;

function predictions(spec: ScoreSpec, outcome: Outcome): Stage {
  if ("error" in outcome) throw new Error(outcome.error);
  const found = outcome.value as unknown as Survey;
  const parts = partsOf(spec, found);
  const jobs = parts.map((part) => partJob(spec, part));
  const state: State = { rows: found.rows, parts: parts.map(({ from, to }) => [from, to]) };
  return { state: state as unknown as Json, jobs, gives: jobs.map(blobOf) };
}

async function predictPart(spec: ScoreSpec, job: Job, reads: Blobs, context: Context): Promise<Output> {
  const { file, inputs, passed, outputs: names, ending, refuseGaps, format, reading } = spec;
  const { from, to, csv } = job.data as unknown as Part;
  const path = await context.file(file.sha256);
  const bytes = reads.get(modelBlob(spec)) as Uint8Array<ArrayBuffer>;
  const model = await loadModel(context.backend, bytes, { layers: ownLayers() });
  try {
    const task = { who: WHO, path, reading, inputs, passed, refuseGaps, from, to, survey: csv };
    const labels = ending === null ? undefined : names;
    const text = linesOf({ passed, outputs: names, labels }, format === "json");
    const lines: Buffer[] = [];
    const chunks: Outputs[] = [];
    for await (const { samples, ...others } of runTask("samples", task, false)) {
      const predicted = model.predict(samples) as Float32Array;
      const width = predicted.length / others.rows;
      const outputs = ending === null ? predicted : probabilities(predicted, width, ending);
      const chunk = { ...others, outputs };
      if (format === "parquet") chunks.push(chunk);
      else lines.push(Buffer.from(text(chunk)));
    }
    const packed = format === "parquet" ? packOutputs(chunks) : Buffer.concat(lines);
    if (packed.length > MOST_BYTES)
      throw new ValueError(
        `expected predictions of at most ${MOST_BYTES} bytes, got ${packed.length}: take more parts`,
      );
    return { value: to - from, blobs: new Map([[blobOf(job), new Uint8Array(packed)]]) };
  } finally {
    model.dispose();
  }
}

function finished(spec: ScoreSpec, { rows, parts }: State, outcomes: readonly Outcome[]): Done {
  outcomes.forEach((outcome, i) => {
    if (!("error" in outcome)) return;
    const [from, to] = parts[i];
    throw new Error(`${WHO}: rows ${from + 1} to ${to} of ${spec.file.name}: ${outcome.error}`);
  });
  const result: PredictedRows = { rows, parts: parts.length };
  const keeps = parts.map(([from, to]) => blobOf(partJob(spec, { from, to })));
  return { result: result as unknown as Json, keeps };
}
