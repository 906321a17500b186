/** How a worker shows that it is alive. All in milliseconds. */
export interface QueueTiming {
  /** A job whose worker is silent for as long is taken for lost. Default: 10,000. */
  readonly lock: number;
  /** How often lost jobs are looked for. Default: 5,000. */
  readonly stalled: number;
}
