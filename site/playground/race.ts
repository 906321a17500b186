import { type Backend, BackendError, createBackend } from "lanewise";
import { sceneOf } from "./data/index.js";
import { Learner, type Pace } from "./learner.js";
import type { RaceLap } from "./messages.js";
import type { Recipe } from "./recipe.js";

const variants = ["scalar", "simd", "relaxed"] as const;

/** Runs without waiting or drawing. */
const flatOut: Pace = { next: async () => Number.MAX_SAFE_INTEGER, batch: () => undefined };

/**
 * Has each backend run its laps in turn with the others, so that other load on the machine affects all of
 * them.
 */
export async function inTurn(
  backends: readonly Backend[],
  rounds: number,
  run: (backend: Backend) => Promise<Omit<RaceLap, "round">>,
  tell: (lap: RaceLap) => void,
): Promise<void> {
  for (let round = 1; round <= rounds; round++)
    for (const backend of backends) tell({ ...(await run(backend)), round });
}

/** Runs a recipe on each build. Skips a build that the engine cannot run. */
export async function race(recipe: Recipe, rounds: number, tell: (lap: RaceLap) => void): Promise<void> {
  const backends: Backend[] = [];
  try {
    for (const variant of variants) {
      const backend = await createBackend({ variant }).catch((error: unknown) => {
        if (error instanceof BackendError) return undefined;
        throw error;
      });
      if (backend) backends.push(backend);
    }
    await inTurn(backends, rounds, (backend) => lap(backend, recipe), tell);
  } finally {
    for (const backend of backends) backend.dispose();
  }
}

/** One run to the end, with its time and its hash. */
export async function lap(backend: Backend, recipe: Recipe): Promise<Omit<RaceLap, "round">> {
  await sceneOf(recipe.scene).load?.();
  const learner = new Learner(backend, recipe);
  try {
    const begin = performance.now();
    await learner.run(flatOut, new AbortController().signal);
    const milliseconds = performance.now() - begin;
    const { samples } = learner;
    const { variant, threads } = backend;
    return { variant, threads, milliseconds, samples, hash: await learner.hash() };
  } finally {
    learner.dispose();
  }
}
