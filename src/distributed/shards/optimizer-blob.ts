import { floatsOf, parseSafetensors, writeSafetensors } from "../../files/safetensors.js";
import type { Backend, Optimizer } from "../../index.js";

/** What an optimizer remembers, as a safetensors file: its slabs, and the rest as JSON. */
export function optimizerBlob(backend: Backend, optimizer: Optimizer, length: number): Uint8Array {
  const slabs = optimizer.memory.map(({ name, address }) => ({
    name,
    shape: [length],
    values: backend.floats(address, length),
  }));
  return writeSafetensors(slabs, { state: JSON.stringify(optimizer.state) });
}

/** Brings an optimizer that is attached to where another one was. @throws FormatError, ValueError */
export function restoreOptimizer(backend: Backend, optimizer: Optimizer, blob: Uint8Array): void {
  const { tensors, metadata } = parseSafetensors(blob, "the state of an optimizer");
  for (const { name, address } of optimizer.memory) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`the state of ${optimizer.name} has no ${name}`);
    const values = floatsOf(tensor);
    backend.floats(address, values.length).set(values);
  }
  optimizer.restoreState(JSON.parse(metadata.state));
}
