/**
 * The library as it is published, for programs in folders that are packages of their own and do not find it
 * by its name.
 */
export * from "lanewise";
export * from "lanewise/onnx";
