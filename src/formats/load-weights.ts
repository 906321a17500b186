import { checkName, checkOptions } from "../core/check.js";
import { FormatError, ValueError } from "../core/errors.js";
import { bytesOf, classOf } from "../core/source.js";
import type { TrainableNetwork } from "../nn/trainable.js";
import { checkTensors } from "./model-file.js";
import { insteadOf, tensorFileOf } from "./recognize.js";
import { floatsOf, parseSafetensors, type Tensor } from "./safetensors.js";
import { type FileTensor, torchTensors, transposeInto } from "./torch.js";

export interface LoadWeightsOptions {
  /**
   * Whose names and shapes the file has: "lanewise" (default), as in `model.parameters`; or "torch", a
   * state_dict, in which kernels are [units, inputs]. Names there that begin with a number, as those of an
   * nn.Sequential, go in the order of these numbers to the layers of the model.
   */
  layout?: "lanewise" | "torch";
  /**
   * What the file calls tensors that have another name there, by the name in `model.parameters`: `{
   * "0.weight": "encoder.weight" }`.
   */
  names?: Readonly<Record<string, string>> | ((name: string) => string | undefined);
}

const WHO = "loadWeights";

/**
 * Replaces the weights and the other tensors of a model by those of a safetensors file with the same names
 * and shapes, or with what `options` make of them.
 * @throws FormatError that lists what is missing, unexpected or of another shape, before anything has
 * changed; ValueError, DisposedError, BusyError while fit runs
 */
export function loadWeights(
  model: TrainableNetwork,
  file: ArrayBuffer | ArrayBufferView,
  options: LoadWeightsOptions = {},
): void {
  checkOptions(WHO, options, ["layout", "names"]);
  const { layout = "lanewise", names } = options;
  checkName(WHO, "layout", layout, { lanewise: 0, torch: 0 });
  const bytes = bytesOf(file);
  if (!bytes) throw new ValueError(`${WHO} expected the bytes of a safetensors file, got ${classOf(file)}`);
  const { metadata, tensors } = parseSafetensors(bytes, WHO);
  checkKind(layout, metadata.format);
  model.checkIdle(WHO);
  const alike = (): FileTensor[] =>
    model.tensors.map((tensor) => ({ ...tensor, own: tensor.name, transposed: false }));
  let places = layout === "torch" ? torchTensors(model, tensors.keys()) : alike();
  if (names) {
    const known = places.map(({ own }) => own);
    if (typeof names !== "function") checkOptions(`${WHO}: names`, names, known);
    const nameOf =
      typeof names === "function"
        ? names
        : (own: string) => (Object.hasOwn(names, own) ? names[own] : undefined);
    places = places.map((place) => ({ ...place, name: nameOf(place.own) ?? place.name }));
  }
  checkTensors(WHO, places, tensors);
  model.invalidate();
  for (const { name, shape, address, transposed } of places) {
    const values = floatsOf(tensors.get(name) as Tensor);
    const to = model.backend.floats(address, values.length);
    if (transposed) transposeInto(to, values, shape[0]);
    else to.set(values);
  }
}

/** Refuses what only looks like weights of this layout. @throws FormatError */
function checkKind(layout: "lanewise" | "torch", format: string | undefined): void {
  const file = tensorFileOf(format);
  if (file.kind === "checkpoint") throw new FormatError(`${WHO}: ${insteadOf("a file of weights", file)}`);
  if (file.kind === "model" && layout === "torch")
    throw new FormatError(
      `${WHO}: ${insteadOf("a state_dict of PyTorch", { ...file, advice: 'leave out layout, or pass "lanewise"' })}`,
    );
}
