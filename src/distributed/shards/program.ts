import { hashOf, type Json } from "../canonical.js";
import type { Blobs, Context, Done, Job, Outcome, Output, Program, Stage } from "../engine.js";
import { modelFile, type TrainedModelFile } from "../sweep/train.js";
import { checkDistributed } from "./check.js";
import { bytesOf, floatsOf, meanOf, type Part, sumOf } from "./combine.js";
import { type Curve, noRounds, pointsOf, withRound } from "./curve.js";
import { Rounds, type Share } from "./rounds.js";
import { type CheckedDistributed, partsOf } from "./spec.js";
import { meaningOf, type Trainee, traineeOf } from "./trainee.js";

/** What a training in rounds has come to. */
export interface DistributedResult {
  readonly rounds: number;
  /** The loss over the rounds: each point is the mean over `every` of them, the last one over those left. */
  readonly curve: { readonly every: number; readonly losses: readonly number[] };
  readonly model: TrainedModelFile;
  /** The SHA-256 of all of this as canonical JSON: equal results have equal digests. */
  readonly digest: string;
}

/** A job: the first weights, a shard's share of a round, or the file of the model. */
type JobData =
  | { readonly phase: "begin" }
  | ({ readonly phase: "round"; readonly round: number; readonly state: number | null } & Share)
  | { readonly phase: "end"; readonly loss: number };

/** What a round needs to know of the data and the model. */
interface DataSize {
  readonly rows: number;
  /** Floats of the parameters that are learned; what training changes without gradients comes after them. */
  readonly learned: number;
}

/** What is known after a stage. */
type State =
  | { readonly phase: "begin" }
  | {
      readonly phase: "round";
      readonly round: number;
      readonly data: DataSize;
      /** For each shard, the round that its optimizer's state is of. */
      readonly states: readonly (number | null)[];
      readonly curve: Curve;
    }
  | { readonly phase: "end"; readonly rounds: number; readonly curve: Curve };

type RoundState = Extract<State, { phase: "round" }>;
type RoundData = Extract<JobData, { phase: "round" }>;

/** The blob of the model's file. */
const MODEL = "model";

/**
 * The blobs of rounds. Where weights are averaged, a round reads the weights that it begins with, and each
 * shard's optimizer. Where gradients are summed, it reads what the round before began with and the sum of its
 * gradients: each job takes the step, and the first one writes what came of it.
 */
const weights = (round: number): string => `weights ${round}`;
const part = (round: number, shard: number): string => `part ${round} ${shard}`;
const stateOf = (round: number, shard: number): string => `optimizer ${round} ${shard}`;
const sum = (round: number): string => `sum ${round}`;

/** The first weights; rounds over shards; and the file of the model. */
export const shardsProgram: Program<Json> = {
  name: "train",
  check: (spec) => checkDistributed("trainDistributed", spec) as unknown as Json,
  start: (spec) => {
    const state: State = { phase: "begin" };
    return { state, jobs: [jobOf(specOf(spec), { phase: "begin" }, [])] };
  },
  compute: (spec, job, reads, context) => compute(specOf(spec), job, reads, context),
  next: (spec, { state }, outcomes, reads) => next(specOf(spec), state as unknown as State, outcomes, reads),
};

const specOf = (spec: Json): CheckedDistributed => spec as unknown as CheckedDistributed;
const isSummed = ({ localSteps }: CheckedDistributed): boolean => localSteps === 1;

function jobOf(spec: CheckedDistributed, data: JobData, reads: readonly string[]): Job {
  const meaning: { readonly [key: string]: Json } =
    data.phase === "end" ? { length: [spec.rounds, spec.fit.epochs ?? null] } : {};
  const job = data as unknown as Json;
  return { key: hashOf({ ...meaningOf(spec), ...meaning, job }), data: job, reads };
}

/** What the jobs of a round read beside the states of their own. */
const readsOf = (spec: CheckedDistributed, round: number): string[] => {
  if (!isSummed(spec) || round === 0) return [weights(round)];
  const before = round - 1;
  return [weights(before), sum(before), ...(before > 0 ? [stateOf(before, 0)] : [])];
};

async function compute(spec: CheckedDistributed, job: Job, reads: Blobs, context: Context): Promise<Output> {
  const data = job.data as unknown as JobData;
  const trainee = await traineeOf(spec, context);
  if (data.phase === "begin") {
    const { rows, learned, first } = trainee;
    return { value: { rows, learned }, blobs: new Map([[weights(0), bytesOf(first)]]) };
  }
  const rounds = new Rounds(spec, trainee.rows);
  const round = data.phase === "end" ? rounds.count : data.round;
  if (isSummed(spec)) resume(trainee, rounds, round, reads);
  else trainee.weights = numbers(reads, weights(round));
  if (data.phase === "end") return finish(spec, trainee, data.loss, rounds.epochOf(round - 1) + 1, context);
  return isSummed(spec)
    ? gradientsOf(trainee, rounds, data)
    : trained(trainee, rounds, data, reads, spec.carry);
}

const numbers = (reads: Blobs, name: string): Float32Array => floatsOf(reads.get(name) as Uint8Array);

/** Brings a model to where a round begins: one step after where the round before began. */
function resume(trainee: Trainee, rounds: Rounds, round: number, reads: Blobs): void {
  const before = Math.max(round - 1, 0);
  trainee.weights = numbers(reads, weights(before));
  trainee.begin(reads.get(stateOf(before, 0)));
  if (round === 0) return;
  const summed = numbers(reads, sum(before));
  const shares = rounds.shares(before);
  trainee.step(summed.subarray(0, trainee.learned), {
    begin: shares[0].begin,
    end: shares[shares.length - 1].end,
  });
  const { weights: all } = trainee;
  all.set(summed.subarray(trainee.learned), trainee.learned);
  trainee.weights = all;
}

/** The gradients of a shard's batch, then the tensors that training changes without gradients. */
async function gradientsOf(trainee: Trainee, rounds: Rounds, data: RoundData): Promise<Output> {
  const { round, shard, begin, end } = data;
  const blobs = new Map<string, Uint8Array>();
  if (shard === 0 && round > 0) {
    blobs.set(weights(round), bytesOf(trainee.weights));
    blobs.set(stateOf(round, 0), trainee.memory);
  }
  const [first] = rounds.shares(round);
  const lesson = { epoch: rounds.epochOf(round), begin, end };
  const { gradients, loss } = await trainee.gradients(lesson, first.rows);
  const all = trainee.weights;
  all.set(gradients);
  blobs.set(part(round, shard), bytesOf(all));
  return { value: loss, blobs };
}

/** The weights of a shard after its steps, and its optimizer's state. */
async function trained(
  trainee: Trainee,
  rounds: Rounds,
  { round, shard, state, begin, end }: RoundData,
  reads: Blobs,
  carry: boolean,
): Promise<Output> {
  trainee.begin(state === null ? undefined : reads.get(stateOf(state, shard)));
  const loss = await trainee.train({ epoch: rounds.epochOf(round), begin, end });
  const blobs = new Map([[part(round, shard), bytesOf(trainee.weights)]]);
  if (carry) blobs.set(stateOf(round, shard), trainee.memory);
  return { value: loss, blobs };
}

async function finish(
  spec: CheckedDistributed,
  { model, training }: Trainee,
  loss: number,
  epochs: number,
  { backend }: Context,
): Promise<Output> {
  const { file, value } = await modelFile(backend, model, partsOf(spec), training, spec.seed, {
    loss,
    epochs,
  });
  return { value: value as unknown as Json, blobs: new Map([[MODEL, file]]) };
}

function next(
  spec: CheckedDistributed,
  state: State,
  outcomes: readonly Outcome[],
  reads: Blobs,
): Stage | Done {
  if (state.phase === "begin") {
    const data = given(outcomes[0], "the first weights") as unknown as DataSize;
    const states = new Array(spec.shards).fill(null);
    return roundStage(spec, { phase: "round", round: 0, data, states, curve: noRounds });
  }
  return state.phase === "end" ? ended(state, outcomes[0], reads) : combined(spec, state, outcomes, reads);
}

/** @throws Error for a job that failed: a round has all of its shards */
function given(outcome: Outcome, what: string): Json {
  if ("error" in outcome) throw new Error(`trainDistributed: ${what}: ${outcome.error}`);
  return outcome.value;
}

function roundStage(
  spec: CheckedDistributed,
  state: RoundState,
  blobs: Blobs = new Map(),
  drops: readonly string[] = [],
): Stage {
  const { round, data, states } = state;
  const rounds = new Rounds(spec, data.rows);
  const common = readsOf(spec, round);
  const shares = rounds.shares(round);
  const jobs = shares.map((share) => {
    const of = isSummed(spec) ? null : states[share.shard];
    const reads = of === null ? common : [...common, stateOf(of, share.shard)];
    return jobOf(spec, { phase: "round", round, state: of, ...share }, reads);
  });
  return {
    state: state as unknown as Json,
    jobs,
    reads: shares.map(({ shard }) => part(round, shard)),
    blobs,
    drops,
  };
}

/** Puts together what the shards of a round have computed, and goes on to the next. */
function combined(
  spec: CheckedDistributed,
  { round, data, states, curve }: RoundState,
  outcomes: readonly Outcome[],
  reads: Blobs,
): Stage {
  const rounds = new Rounds(spec, data.rows);
  const shares = rounds.shares(round);
  const losses = outcomes.map((outcome, i) =>
    Number(given(outcome, `round ${round}, shard ${shares[i].shard}`)),
  );
  const all = shares.reduce((total, share) => total + share.rows, 0);
  const loss = losses.reduce((total, each, i) => total + each * shares[i].rows, 0) / all;
  const parts = shares.map((share): Part => {
    return { values: numbers(reads, part(round, share.shard)), rows: share.rows };
  });
  const after = round + 1;
  const made = isSummed(spec)
    ? ([sum(round), together(parts, data.learned)] as const)
    : ([weights(after), meanOf(parts)] as const);
  const blobs = new Map([[made[0], bytesOf(made[1])]]);
  const writes = new Set(spec.carry && !isSummed(spec) ? shares.map(({ shard }) => shard) : []);
  const own = states.map((state, shard) => (writes.has(shard) ? round : state));
  const old = states.flatMap((state, shard) =>
    state !== null && writes.has(shard) ? [stateOf(state, shard)] : [],
  );
  const common = readsOf(spec, round).filter((name) => !readsOf(spec, after).includes(name));
  const drops = [...common, ...old, ...shares.map(({ shard }) => part(round, shard))];
  const grown = withRound(curve, loss);
  if (after < rounds.count)
    return roundStage(spec, { phase: "round", round: after, data, states: own, curve: grown }, blobs, drops);
  const state: State = { phase: "end", rounds: rounds.count, curve: grown };
  return {
    state: state as unknown as Json,
    jobs: [jobOf(spec, { phase: "end", loss }, readsOf(spec, after))],
    reads: [MODEL],
    blobs,
    drops,
  };
}

/** The sum of the gradients, then the mean of what training changes without them. */
function together(parts: readonly Part[], learned: number): Float32Array {
  const all = new Float32Array(parts[0].values.length);
  all.set(sumOf(parts, learned));
  all.set(meanOf(parts, learned), learned);
  return all;
}

function ended({ rounds, curve }: Extract<State, { phase: "end" }>, outcome: Outcome, reads: Blobs): Done {
  const model = given(outcome, "the file of the model") as unknown as TrainedModelFile;
  const result: Omit<DistributedResult, "digest"> = {
    rounds,
    curve: { every: curve.every, losses: pointsOf(curve) },
    model,
  };
  const digest = hashOf(result as unknown as Json);
  return { result: { ...result, digest } as unknown as Json, keeps: [MODEL], blobs: reads };
}
