/** What a page must have for threads. */
export interface PageOfThreads {
  /** `crossOriginIsolated`: whether headers isolate the page from other origins. */
  readonly isIsolated: boolean;
  readonly hasSharedMemory: boolean;
  /** `navigator.hardwareConcurrency`. */
  readonly cores: number;
}

/** Why a page has no threads, as a sentence. Undefined where it has. */
export function whyNoThreads({ isIsolated, hasSharedMemory, cores }: PageOfThreads): string | undefined {
  if (!isIsolated)
    return (
      "This page cannot use threads: it is not isolated from other origins, for which a server sends two " +
      "headers."
    );
  if (!hasSharedMemory) return "This page cannot use threads: this browser has no memory to share.";
  if (cores < 2) return "This page cannot use threads: the browser offers it one core.";
  return undefined;
}

/** The page that this runs in. */
export const thisPage = (): PageOfThreads => ({
  isIsolated: globalThis.crossOriginIsolated === true,
  hasSharedMemory: "SharedArrayBuffer" in globalThis,
  cores: navigator.hardwareConcurrency,
});
