/** What conform() in program.js resolves to. */
export interface Report {
  readonly runtime: { readonly name: string; readonly version: string };
  /** The build that createBackend picks when it is given nothing, or why it makes none. */
  readonly embedded: { readonly variant: string } | { readonly error: string };
  /** The builds that the engine has. */
  readonly builds: readonly BuildReport[];
  readonly threads: ThreadsReport;
  /** What does not hold, in words. */
  readonly failures: readonly string[];
}

export interface BuildReport {
  readonly variant: "scalar" | "simd" | "relaxed";
  /** Of the weights after training, as float32 in the order of model.parameters. */
  readonly sha256: string;
  /** Of the weights after each of the small trainings, by its name. */
  readonly trainings: Readonly<Record<string, string>>;
  /** Of the trained model on the test images. */
  readonly accuracy: number;
  /** The largest error of a kernel, of those that program.js checks. */
  readonly kernelError: number;
  /** What training and evaluation took by the clock that the program was given. */
  readonly seconds: number;
  /** Of the relaxed build alone: how far it ended from the SIMD build. */
  readonly fromSimd?: { readonly weight: number; readonly accuracy: number };
}

export interface ThreadsReport {
  /** How many "auto" gave. */
  readonly auto: number;
  /** Why there are none, as createBackend says it. */
  readonly error?: string;
  /** What training on several gave. */
  readonly builds: readonly (Hashes & { readonly threads: number })[];
}

type Hashes = Pick<BuildReport, "variant" | "sha256" | "trainings">;

/** The scalar and SIMD builds, on one thread and on several. */
export const exactBuilds = (reports: readonly Report[]): readonly Hashes[] =>
  reports.flatMap(({ builds, threads }) => [
    ...builds.filter(({ variant }) => variant !== "relaxed"),
    ...threads.builds,
  ]);

/**
 * The different hashes of the weights that the scalar and SIMD builds gave anywhere: conformance means that
 * there is one.
 */
export function hashesOf(reports: readonly Report[]): string[] {
  return [...new Set(exactBuilds(reports).map(({ sha256 }) => sha256))];
}

/**
 * The small trainings that gave not one hash in all scalar and SIMD builds: conformance means that there are
 * none.
 */
export function unequal(reports: readonly Report[]): string[] {
  const all = exactBuilds(reports).map(({ trainings }) => trainings);
  const names = new Set(all.flatMap(Object.keys));
  return [...names].filter((name) => new Set(all.map((hashes) => hashes[name])).size !== 1);
}
