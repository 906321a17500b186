import { adam, type Backend } from "lanewise";
import type { Net } from "../nets.js";
import { modelOf, samplesOf } from "./model.js";
import { keep } from "./sink.js";

type Kernel = (...values: number[]) => number;
type Kernels = Record<string, Kernel>;

/** A call of a kernel. */
export interface Call {
  readonly kernel: string;
  readonly values: readonly number[];
  readonly milliseconds: number;
}

/** A step from the end of the one before to its own. */
export interface Account {
  readonly milliseconds: number;
  readonly calls: readonly Call[];
}

/** The call that ends a step. */
const LAST = "adam";

/** Kernels with a clock around each. */
class Clock {
  readonly kernels: Kernels = {};
  /** The fastest step so far. */
  fastest: Account | undefined;
  /** Of the step under way. */
  private calls: Call[] = [];
  private begun = Number.NEGATIVE_INFINITY;

  constructor(kernels: Kernels) {
    for (const [name, kernel] of Object.entries(kernels))
      this.kernels[name] = (...values) => {
        const begin = performance.now();
        const result = kernel(...values);
        const end = performance.now();
        this.calls.push({ kernel: name, values, milliseconds: end - begin });
        if (name === LAST) this.finish(end - this.begun);
        return result;
      };
  }

  private finish(milliseconds: number): void {
    if (milliseconds < (this.fastest?.milliseconds ?? Number.POSITIVE_INFINITY))
      this.fastest = { milliseconds, calls: this.calls };
    this.calls = [];
    this.begun = performance.now();
  }
}

/** Trains for `seconds` and returns the fastest step. Calls `each` after every epoch. */
export async function accountOf(
  backend: Backend,
  net: Net,
  seconds: number,
  each: () => void = () => {},
): Promise<Account | undefined> {
  const its = backend as unknown as { kernels: Kernels; direct: Kernels };
  const { kernels, direct } = its;
  // A plan calls the kernels of its own thread, everything else those that may be divided.
  const set = (name: string, value: Kernels) =>
    Object.defineProperty(backend, name, { value, configurable: true, writable: true });
  const clock = new Clock(direct);
  set("kernels", clock.kernels);
  set("direct", clock.kernels);
  const { x, labels, values } = samplesOf(net);
  const model = modelOf(backend, net);
  const inputs = backend.matrix(net.samples, net.inputs, x);
  const optimizer = adam();
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await model.fit(inputs, labels.length > 0 ? labels : values, {
      loss: net.loss,
      optimizer,
      batchSize: net.batch,
      epochs: 1,
    });
    each();
  }
  keep(model.parameters[0].value.data[0]);
  set("kernels", kernels);
  set("direct", direct);
  for (const each of [model, inputs]) each.dispose();
  return clock.fastest;
}
