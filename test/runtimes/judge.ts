import { hashesOf, type Report, unequal } from "../conformance/report.js";

/**
 * What a report says against its runtime, and what is missing from it. `compiles` tells whether the host lets
 * a program compile WebAssembly from bytes, and start threads.
 */
export function failuresOf(compiles: boolean, { builds, embedded, threads, failures }: Report): string[] {
  const made = builds.map(({ variant }) => variant);
  const missing = (["scalar", "simd"] as const).filter((variant) => !made.includes(variant));
  return [
    ...failures,
    ...missing.map((variant) => `has no ${variant} build`),
    ...embeddedFailures(compiles, embedded),
    ...threadsFailures(compiles, threads),
  ];
}

/** Without threads "auto" must give one, and a number an error that says why in one sentence. */
function threadsFailures(some: boolean, { auto, error, builds }: Report["threads"]): string[] {
  if (some)
    return error === undefined && builds.length > 0 ? [] : [`expected threads, got ${error ?? "no builds"}`];
  const named =
    error !== undefined && /^BackendError: [^.]* threads [^.]*, but this host has no [^.]*$/.test(error);
  return [
    ...(auto === 1 ? [] : [`threads: "auto" expected to give one thread, got ${auto}`]),
    ...(named ? [] : [`threads: 2 expected to say in a sentence why there are none, got ${error}`]),
  ];
}

/**
 * The embedded SIMD build must be made without more ado; a host that forbids compiling must be told of by
 * name, with the way out.
 */
function embeddedFailures(compiles: boolean, embedded: Report["embedded"]): string[] {
  const told = JSON.stringify(embedded);
  if (compiles)
    return "variant" in embedded && embedded.variant === "simd"
      ? []
      : [`createBackend() expected to make the SIMD build, got ${told}`];
  const named =
    "error" in embedded &&
    /^BackendError: .*forbids compiling WebAssembly from bytes.*import a \.wasm file.*\{ wasm \}/.test(
      embedded.error,
    );
  return named
    ? []
    : [`createBackend() expected to say that the host forbids compiling and to name { wasm }, got ${told}`];
}

/** That there is more than one hash of the weights that scalar and SIMD builds gave, or none. */
export function disagreements(reports: readonly Report[]): string[] {
  const { length } = hashesOf(reports);
  const apart = unequal(reports);
  return [
    ...(length === 1
      ? []
      : [`expected one hash of the weights of all scalar and SIMD builds, got ${length}`]),
    ...(apart.length === 0
      ? []
      : [`expected one hash of the weights of each training, got several of ${apart.join(", ")}`]),
  ];
}
