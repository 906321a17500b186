import { createRequire } from "node:module";
import { ARITHMETIC } from "../build-hash.js";

/** The queues of one version of lanewise: others never see its jobs. */
export interface QueueNames {
  readonly version: string;
  /** What computes outputs, in threads. */
  readonly jobs: string;
  /** What ends stages, which is short, and does not wait behind jobs. */
  readonly next: string;
}

/** The braces make the part between them the hash tag of all keys of both queues. */
export const queueNames = (version: string = versionOfArithmetic()): QueueNames => ({
  version,
  jobs: `{${version}}.jobs`,
  next: `{${version}}.next`,
});

/** The space of a run in the store. */
export const spaceOf = (queues: QueueNames, run: string): string => `${queues.version}/${run}`;

/** The space of what is known of a job, whichever run it is of. */
export const knownSpace = (queues: QueueNames, key: string): string => `${queues.version}/known/${key}`;

/** The version of this package, and the hash of the sources that decide the bits of results. */
function versionOfArithmetic(): string {
  const { version } = createRequire(import.meta.url)("lanewise/package.json") as { version: string };
  return `${version}-${ARITHMETIC}`;
}
