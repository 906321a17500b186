import { type Backend, conv2d, dense, dropout, flatten, maxPool2d, Sequential } from "lanewise";

/** Two convolutions, each with a pool behind it, and two dense layers. `size`: pixels of a side. */
export function buildModel(
  backend: Backend,
  size: number,
  { filters, rate, seed }: { filters: number; rate: number; seed: number },
): Sequential {
  // Images of 28 pixels lose their border; small ones keep it.
  const padding = size < 16 ? "same" : "valid";
  return new Sequential(backend, {
    inputShape: [size, size, 1],
    seed,
    layers: [
      conv2d(filters, 3, { activation: "relu", padding }),
      maxPool2d(),
      conv2d(2 * filters, 3, { activation: "relu", padding }),
      maxPool2d(),
      flatten(),
      ...(rate > 0 ? [dropout(rate)] : []),
      dense(64, { activation: "relu" }),
      dense(10),
    ],
  });
}
