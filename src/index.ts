export { Backend } from "./core/backend.js";
export type { Build } from "./core/build.js";
export type { BackendOptions, BackendSourceOptions } from "./core/create-backend.js";
export {
  BackendError,
  DisposedError,
  FormatError,
  OutOfMemoryError,
  ShapeError,
  ValueError,
} from "./core/errors.js";
export { createBackend, createBackendSync } from "./core/full-builds.js";
export { Matrix, type Values } from "./core/matrix.js";
export {
  add,
  addRow,
  axpy,
  hadamard,
  type MatmulOptions,
  matmul,
  type OutOptions,
  scale,
  subtract,
  sumRows,
  transpose,
} from "./core/ops.js";
export type { Variant, WasmAtHand, WasmSource } from "./core/wasm.js";
export { type IdxData, parseIdx } from "./formats/idx.js";
export { type LoadWeightsOptions, loadWeights } from "./formats/load-weights.js";
export type { ModelSource } from "./formats/model-file.js";
export { type SaveModelOptions, saveModel } from "./formats/save-model.js";
export { torchStateDict } from "./formats/torch.js";
export {
  type ActivationName,
  type ActivationOptions,
  activate,
  activationGradient,
} from "./nn/activation.js";
export { type CheckGradientsOptions, checkGradients, type GradientCheck } from "./nn/check-gradients.js";
export type { ClassPrediction, PredictClassesOptions } from "./nn/classes.js";
export type { InitializerName } from "./nn/initializer.js";
export type { LabelledTargets } from "./nn/labels.js";
export { activation } from "./nn/layers/activation.js";
export {
  type CustomBackward,
  type CustomForward,
  CustomLayer,
  type CustomParameter,
} from "./nn/layers/custom-layer.js";
export { type DenseOptions, dense } from "./nn/layers/dense.js";
export type { Constraint, LayerSpec, Regularizer } from "./nn/layers/layer.js";
export { type PreluOptions, prelu } from "./nn/layers/prelu.js";
export { dropout, gaussianNoise, type RandomLayerOptions } from "./nn/layers/random-layer.js";
export { type ScalingOptions, scaling } from "./nn/layers/scaling.js";
export {
  Loss,
  type LossOptions,
  type Reduction,
  type SampleWeights,
  type SmoothingOptions,
  type Targets,
  type WeightOptions,
  type Weights,
} from "./nn/loss.js";
export {
  type CustomLossOptions,
  type FocalOptions,
  type HuberOptions,
  type LossAlias,
  type LossName,
  losses,
} from "./nn/losses.js";
export { Optimizer, type OptimizerOptions } from "./nn/optimizer.js";
export { type AdadeltaOptions, adadelta } from "./nn/optimizers/adadelta.js";
export { type AdagradOptions, adagrad } from "./nn/optimizers/adagrad.js";
export { type AdamOptions, adam, adamw } from "./nn/optimizers/adam.js";
export type { OptimizerName } from "./nn/optimizers/by-name.js";
export { type LionOptions, lion } from "./nn/optimizers/lion.js";
export { type NadamOptions, nadam } from "./nn/optimizers/nadam.js";
export { type RmspropOptions, rmsprop } from "./nn/optimizers/rmsprop.js";
export { type SgdOptions, sgd } from "./nn/optimizers/sgd.js";
export type { NetworkOptions } from "./nn/options.js";
export type { ParameterGroup } from "./nn/parameter-groups.js";
export type { Samples } from "./nn/rows.js";
export {
  type CosineOptions,
  type ExponentialOptions,
  type MultiStepOptions,
  type OneCycleOptions,
  type PolynomialOptions,
  type ReduceOnPlateauOptions,
  Schedule,
  type StepOptions,
  scheduleFrom,
  schedules,
  type WarmupOptions,
} from "./nn/schedule.js";
export { type NamedTensor, type Parameter, TrainableNetwork as Network } from "./nn/trainable.js";
export { BusyError, NonFiniteError } from "./nn/training-errors.js";
export type { Callback, Training } from "./training/callbacks.js";
export {
  type FoldOptions,
  kFold,
  type LabelMap,
  labelMap,
  minMaxScaler,
  oneHot,
  type RowClass,
  type Split,
  type SplitOptions,
  standardScaler,
  takeRows,
  trainTestSplit,
} from "./training/data.js";
export type { EarlyStoppingOptions } from "./training/early-stopping.js";
export { type LoadModelOptions, loadModel } from "./training/load-model.js";
export type { BatchLog, BatchPlace, EpochLog, History } from "./training/log.js";
export {
  Metric,
  type MetricAlias,
  type MetricName,
  type MetricValues,
  metrics,
  type NamedMetric,
  type Scores,
  type ThresholdOptions,
  type TopKOptions,
} from "./training/metrics.js";
export type { Batch, Batches, FitOptions } from "./training/options.js";
export { type Restored, restoreCheckpoint } from "./training/restore-checkpoint.js";
export { type EvaluateOptions, type Evaluation, Sequential } from "./training/sequential.js";
