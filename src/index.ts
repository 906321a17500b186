/**
 * Networks, their layers, losses and optimizers, training, data and model files.
 *
 * @module lanewise
 */

export { createBackend, createBackendSync } from "./builds/create-backend.js";
export type { Build } from "./core/build.js";
export type { BackendOptions, BackendSourceOptions, ThreadsOptions } from "./core/create-backend.js";
export type { NamedConfig } from "./core/describe.js";
export {
  BackendError,
  DisposedError,
  FormatError,
  OutOfMemoryError,
  ShapeError,
  ValueError,
} from "./core/errors.js";
export type { AbortSignalLike, Bytes, ResponseLike, URLLike, WasmModule } from "./core/platform.js";
export type { Variant, WasmModuleSource, WasmSource } from "./core/wasm.js";
export { Augmentation, type AugmentOptions, type AugmentPlace, augment } from "./data/augment.js";
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
} from "./data/data.js";
export { type IdxData, parseIdx } from "./data/idx.js";
export {
  type Drawable,
  type ImageOptions,
  type ImageTensor,
  imageToTensor,
  type Pixels,
} from "./data/image.js";
export type { AugmentFill } from "./data/warp.js";
export type { DateFormat, DatePart } from "./encoding/date-format.js";
export { type DataRecord, encodeRecords } from "./encoding/encode-records.js";
export type { FieldValue } from "./encoding/encode-values.js";
export type {
  CategoriesFeature,
  CategoryEncoding,
  ColumnEncoding,
  DateEncoding,
  Encoding,
  MissingFeature,
  NumberEncoding,
  ScaledFeature,
  TurnFeature,
  WordsEncoding,
  WordsFeature,
} from "./encoding/encoding.js";
export type { NumberFormat } from "./encoding/number-format.js";
export { type LoadWeightsOptions, loadWeights, type WeightsLayout } from "./files/load-weights.js";
export type { ModelSource } from "./files/model-file.js";
export { type SaveModelOptions, saveModel } from "./files/save-model.js";
export { torchStateDict } from "./files/torch.js";
export { activation } from "./layers/activation.js";
export type { AffineOptions, ScaleOptions } from "./layers/affine.js";
export { type HeadOptions, type MultiHeadAttentionOptions, multiHeadAttention } from "./layers/attention.js";
export { type BatchNormalizationOptions, batchNormalization } from "./layers/batch-normalization.js";
export { type BidirectionalMerge, type BidirectionalOptions, bidirectional } from "./layers/bidirectional.js";
export {
  type Conv1dOptions,
  type Conv2dOptions,
  type Conv2dTransposeOptions,
  conv1d,
  conv2d,
  conv2dTranspose,
} from "./layers/convolution.js";
export {
  ComposedLayer,
  type Composition,
  type CustomBackward,
  type CustomForward,
  type CustomInitializer,
  CustomLayer,
  type CustomParameter,
} from "./layers/custom-layer.js";
export { type DenseOptions, dense } from "./layers/dense.js";
export { type DepthwiseConv2dOptions, depthwiseConv2d, separableConv2d } from "./layers/depthwise.js";
export {
  type EmbeddingInitializer,
  type EmbeddingOptions,
  embedding,
} from "./layers/embedding.js";
export {
  type AdditiveAttentionOptions,
  additiveAttention,
  type DotAttentionOptions,
  dotAttention,
} from "./layers/encoder-attention.js";
export {
  activate,
  add,
  addRow,
  average,
  concatenate,
  exp,
  type MergeOptions,
  matmul,
  multiply,
  scale,
  slice,
  softmax,
  subtract,
  timeStep,
} from "./layers/functions.js";
export type { InitializerName } from "./layers/initializer.js";
export { input, Layer, type LayerOptions } from "./layers/layer.js";
export type { LayerSpec } from "./layers/layer-from.js";
export { type MaskingOptions, masking } from "./layers/masking.js";
export {
  type GroupNormalizationOptions,
  groupNormalization,
  type LayerNormalizationOptions,
  layerNormalization,
  type RmsNormalizationOptions,
  rmsNormalization,
} from "./layers/normalization.js";
export {
  type Cropping1dOptions,
  type Cropping2dOptions,
  cropping1d,
  cropping2d,
  type ZeroPadding1dOptions,
  type ZeroPadding2dOptions,
  zeroPadding1d,
  zeroPadding2d,
} from "./layers/padding.js";
export { type PermuteOptions, permute } from "./layers/permute.js";
export {
  type AverageOptions,
  averagePool1d,
  averagePool2d,
  type GlobalPoolOptions,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  maxPool1d,
  maxPool2d,
  type Pool1dOptions,
  type Pool2dOptions,
} from "./layers/pooling.js";
export {
  type PositionalEncodingOptions,
  type PositionEmbeddingOptions,
  positionalEncoding,
  positionEmbedding,
} from "./layers/positions.js";
export { type PreluOptions, prelu, type SharedAxes } from "./layers/prelu.js";
export {
  dropout,
  gaussianNoise,
  type RandomLayerOptions,
  spatialDropout1d,
  spatialDropout2d,
} from "./layers/random.js";
export { gru, lstm, StatefulLayer, simpleRnn } from "./layers/recurrent.js";
export type {
  CommonGatedOptions,
  CommonRecurrentOptions,
  GatedOptions,
  GruOptions,
  LstmOptions,
  RecurrentOptions,
  SimpleRnnOptions,
} from "./layers/recurrent-options.js";
export {
  type ResizingOptions,
  resizing,
  type UpSampling1dOptions,
  type UpSampling2dOptions,
  upSampling1d,
  upSampling2d,
} from "./layers/resampling.js";
export { flatten, type ReshapeOptions, reshape } from "./layers/reshape.js";
export { type ScalingOptions, scaling } from "./layers/scaling.js";
export type { Constraint, Regularizer } from "./layers/scope.js";
export { Tensor } from "./layers/tensor.js";
export { type TransformerOptions, transformerDecoder, transformerEncoder } from "./layers/transformer.js";
export type { Sides1d, Sides2d, Size2d } from "./layers/windows.js";
export type { LabelledTargets } from "./losses/labels.js";
export {
  type ClassOptions,
  Loss,
  type LossOptions,
  type Reduction,
  type SmoothingOptions,
  type WeightOptions,
  type Weights,
} from "./losses/loss.js";
export { type LossSpec, lossFrom } from "./losses/loss-from.js";
export {
  type CustomLossOptions,
  type FocalOptions,
  type HuberOptions,
  type LossAlias,
  type LossName,
  losses,
} from "./losses/losses.js";
export type { SampleWeights, Targets } from "./losses/targets.js";
export { activationGradient } from "./matrix/activation.js";
export { Backend } from "./matrix/backend.js";
export { Matrix, type MatrixBackend, type Values } from "./matrix/matrix.js";
export {
  axpy,
  hadamard,
  type MatmulOptions,
  type OutOptions,
  sumRows,
  transpose,
} from "./matrix/operations.js";
export { type MetricSpec, metricFrom } from "./metrics/metric-from.js";
export {
  Metric,
  type MetricAlias,
  type MetricName,
  type MetricValues,
  metrics,
  type NamedMetric,
  type OutputScores,
  type Scores,
  type ThresholdOptions,
  type TopKOptions,
} from "./metrics/metrics.js";
export { architectureOf } from "./model/architecture-of.js";
export { type CheckGradientsOptions, checkGradients, type GradientCheck } from "./model/check-gradients.js";
export { type LoadModelOptions, loadModel } from "./model/load-model.js";
export { Model } from "./model/model.js";
export { type ModelFromOptions, modelFrom } from "./model/model-from.js";
export type { GraphSpec, ModelSpec, SequentialSpec } from "./model/model-spec.js";
export { type Restored, restoreCheckpoint } from "./model/restore-checkpoint.js";
export { Sequential } from "./model/sequential.js";
export type { ClassPrediction, PredictClassesOptions } from "./network/classes.js";
export type { Each, Inputs } from "./network/network.js";
export type { SampleReader, Samples } from "./network/rows.js";
export type { Stepper, StepperOptions, StepperStates } from "./network/stepper.js";
export type { ModelOptions, Port, SequentialOptions } from "./network/structure.js";
export {
  type AnyNetwork,
  type NamedTensor,
  type Parameter,
  TrainableNetwork as Network,
} from "./network/trainable.js";
export { BusyError, NonFiniteError } from "./network/training-errors.js";
export { type ActivationName, type ActivationOptions, activationNames } from "./ops/activation-kinds.js";
export type { Interpolation } from "./ops/resample.js";
export { type AdadeltaOptions, adadelta } from "./optimizers/adadelta.js";
export { type AdagradOptions, adagrad } from "./optimizers/adagrad.js";
export { type AdamOptions, adam, adamw } from "./optimizers/adam.js";
export type { OptimizerName } from "./optimizers/by-name.js";
export { type LionOptions, lion } from "./optimizers/lion.js";
export { type NadamOptions, nadam } from "./optimizers/nadam.js";
export { Optimizer, type OptimizerOptions } from "./optimizers/optimizer.js";
export {
  type GroupSpec,
  type OptimizerSpec,
  optimizerFrom,
  type ScheduleSpec,
} from "./optimizers/optimizer-from.js";
export type { ParameterGroup } from "./optimizers/parameter-groups.js";
export { type RmspropOptions, rmsprop } from "./optimizers/rmsprop.js";
export {
  type ConstantOptions,
  type CosineOptions,
  type ExponentialOptions,
  type MultiStepOptions,
  type OneCycleOptions,
  type PolynomialOptions,
  type ReduceOnPlateauOptions,
  Schedule,
  type ScheduleState,
  type StepOptions,
  scheduleFrom,
  schedules,
  type WarmupOptions,
} from "./optimizers/schedule.js";
export { type SgdOptions, sgd } from "./optimizers/sgd.js";
export type { Callback, CallbackResult, Training } from "./training/callbacks.js";
export type { EarlyStoppingOptions } from "./training/early-stopping.js";
export type { EvaluateOptions, Evaluation } from "./training/evaluate.js";
export { type FitSpec, fitOptionsFrom } from "./training/fit-options-from.js";
export type { BatchLog, BatchPlace, EpochLog, History } from "./training/log.js";
export type { LossOption, MetricOption, ObjectiveOptions } from "./training/objective.js";
export type { Batch, Batches, FitOptions } from "./training/options.js";
export type { TargetsOf, TrainedModel } from "./training/state.js";
