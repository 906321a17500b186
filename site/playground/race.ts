import { type Backend, BackendError, createBackend } from "lanewise";
import { sceneOf } from "./data/index.js";
import { Learner, type Pace } from "./learner.js";
import type { RaceLap } from "./messages.js";
import type { Recipe } from "./recipe.js";

const variants = ["scalar", "simd", "relaxed"] as const;

/** Runs without waiting or drawing. */
const flatOut: Pace = { next: async () => Number.MAX_SAFE_INTEGER, batch: () => undefined };

/**
 * Runs a recipe on each build in turn, several times, so that other load on the machine affects all of them.
 * Skips a build that the engine cannot run.
 */
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
    for (let round = 1; round <= rounds; round++)
      for (const backend of backends) tell({ ...(await lap(backend, recipe)), round });
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
    return { variant: backend.variant, milliseconds, samples, hash: await learner.hash() };
  } finally {
    learner.dispose();
  }
}
