/**
 * Sweeps, cross-validation, many models and predictions of files on all cores of a machine, or on many
 * machines. For Node.
 *
 * @module lanewise/distributed
 */

export { beginSweep } from "./distributed/bullmq/begin-sweep.js";
export type { Connection, RedisConnection } from "./distributed/bullmq/connection.js";
export { type BullmqOptions, bullmq, type QueueEngine } from "./distributed/bullmq/engine.js";
export type { Limits } from "./distributed/bullmq/limits.js";
export {
  type FetchedRun,
  fetchRun,
  type QueueOptions,
  type QueueStatus,
  queueStatus,
  type RunStatus,
  type VersionStatus,
} from "./distributed/bullmq/status.js";
export type { QueueTiming } from "./distributed/bullmq/timing.js";
export { type WorkOptions, work } from "./distributed/bullmq/work.js";
export type { WorkerHandle } from "./distributed/bullmq/worker-handle.js";
export type { WorkerNote } from "./distributed/bullmq/workers.js";
export type { Json } from "./distributed/canonical.js";
export type {
  Blobs,
  Context,
  Done,
  Engine,
  Finished,
  Job,
  Outcome,
  Output,
  Program,
  Progress,
  Run,
  RunOptions,
  Stage,
} from "./distributed/engine.js";
export type { GroupResult, ManyResult, ManySpec } from "./distributed/many/program.js";
export { type ManyModels, type ManyOptions, trainMany } from "./distributed/many/train-many.js";
export type { LayerMakers } from "./distributed/own-layers.js";
export type { UsedModule } from "./distributed/registry.js";
export { runOf } from "./distributed/run.js";
export { type PredictFileOptions, predictFile } from "./distributed/score/predict-file.js";
export type { PredictedRows } from "./distributed/score/program.js";
export type { PredictionFormat } from "./distributed/score/spec.js";
export type { DistributedResult } from "./distributed/shards/program.js";
export type { DistributedSpec } from "./distributed/shards/spec.js";
export {
  type DistributedModel,
  type DistributedOptions,
  type RoundProgress,
  trainDistributed,
} from "./distributed/shards/train-distributed.js";
export { gatherSweep, runTrial, type TrialOutputs } from "./distributed/sweep/apart.js";
export type { ComparedBy } from "./distributed/sweep/metric.js";
export type { SweepResult, TrialResult } from "./distributed/sweep/result.js";
export type {
  FileHash,
  ImageData,
  Searched,
  Strategy,
  SweepSpec,
  TableData,
  TrainingSpec,
} from "./distributed/sweep/spec.js";
export { crossValidate, type Study, type SweepOptions, sweep } from "./distributed/sweep/study.js";
export type { FoldResult, TrainedModelFile } from "./distributed/sweep/train.js";
export { type ThreadsEngineOptions, threads } from "./distributed/threads.js";
