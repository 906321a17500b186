import type { Outputs } from "./lines.js";

/** What a model gives for the rows of a part, as bytes: a line of JSON, and the outputs as float32. */
export function packOutputs(chunks: readonly Outputs[]): Uint8Array {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const [{ passed = [], types = [] }] = chunks;
  const head = {
    rows,
    types,
    passed: passed.map((_, i) => chunks.flatMap((chunk) => chunk.passed?.[i] ?? [])),
  };
  const line = Buffer.from(`${JSON.stringify(head)}\n`);
  const numbers = chunks.map(({ outputs }) =>
    Buffer.from(outputs.buffer, outputs.byteOffset, outputs.byteLength),
  );
  return Buffer.concat([line, ...numbers]);
}

/** The rows of a part. */
export function unpackOutputs(packed: Uint8Array): Outputs {
  const end = packed.indexOf(10) + 1;
  const { rows, types, passed } = JSON.parse(new TextDecoder().decode(packed.subarray(0, end)));
  // Typed arrays begin where their elements do.
  return { rows, types, passed, outputs: new Float32Array(packed.slice(end).buffer) };
}
