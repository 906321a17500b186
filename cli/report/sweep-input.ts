import type { SweepResult, SweepSpec } from "lanewise/distributed";

/** All that the page of a sweep is made of. */
export interface SweepInput {
  /** The name of the file of the spec. */
  readonly title: string;
  readonly spec: SweepSpec;
  readonly result: SweepResult;
  /** The version of lanewise. */
  readonly version: string;
  /** The command line, to be run again. */
  readonly command: string;
  /** How long it took. */
  readonly seconds: number;
}
