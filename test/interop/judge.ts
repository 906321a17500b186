/** What one comparison gave. */
export interface Row {
  readonly judge: string;
  readonly version: string;
  readonly what: string;
  readonly rows: number;
  /** Between an output of lanewise and the judge's. */
  readonly largest: number;
}

/** Another program that runs our models, and whose models we run. */
export interface Judge {
  readonly name: string;
  /** Its version, or undefined when it is not there. */
  version(): Promise<string | undefined>;
  /** Debian's packages that install it, where they do. */
  readonly packages?: readonly string[];
  /** @throws Error when it refuses a file */
  rows(version: string): Promise<Row[]>;
}

/** The largest difference of two rows of numbers. NaN when one is. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) throw new Error(`expected as many outputs on both sides, got ${a.length} and ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
