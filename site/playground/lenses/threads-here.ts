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
      "There is no race of threads here, since this page was served without the two headers that isolate " +
      "it from other origins: browsers share memory between threads only behind these."
    );
  if (!hasSharedMemory)
    return "There is no race of threads here, since this browser shares no memory between threads.";
  if (cores < 2) return "There is no race of threads here, since the browser offers this page one core.";
  return undefined;
}

/** The page that this runs in. */
export const thisPage = (): PageOfThreads => ({
  isIsolated: globalThis.crossOriginIsolated === true,
  hasSharedMemory: "SharedArrayBuffer" in globalThis,
  cores: navigator.hardwareConcurrency,
});
