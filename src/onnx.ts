/**
 * Reads and writes ONNX models.
 *
 * @module lanewise/onnx
 */

export { type ExportOnnxOptions, exportOnnx } from "./interop/onnx/export/export.js";
export { importOnnx } from "./interop/onnx/import.js";
