export { type ExportOnnxOptions, exportOnnx } from "./formats/onnx/export.js";
export { importOnnx } from "./formats/onnx/import.js";
