/**
 * Prediction alone: the forward pass of models that were trained elsewhere, in less than half of the size.
 *
 * @module lanewise/inference
 */

export { createBackend, createBackendSync } from "./builds/create-inference-backend.js";
export type { Build } from "./core/build.js";
export type { BackendOptions, BackendSourceOptions, ThreadsOptions } from "./core/create-backend.js";
export {
  BackendError,
  DisposedError,
  FormatError,
  OutOfMemoryError,
  ShapeError,
  ValueError,
} from "./core/errors.js";
export type { Host as Backend } from "./core/host.js";
export type { Bytes, ResponseLike, URLLike, WasmModule } from "./core/platform.js";
export type { Variant, WasmModuleSource, WasmSource } from "./core/wasm.js";
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
export { loadModel } from "./files/load-network.js";
export type { ModelSource } from "./files/model-file.js";
export type { Tensor } from "./layers/tensor.js";
export type { ClassPrediction, PredictClassesOptions } from "./network/classes.js";
export { Network } from "./network/network.js";
export type { SampleReader, Samples } from "./network/rows.js";
export type { Stepper, StepperOptions, StepperStates } from "./network/stepper.js";
