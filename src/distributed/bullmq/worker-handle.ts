/** A worker that takes jobs. */
export interface WorkerHandle {
  /** Its name in messages: machine, process and a random part. */
  readonly name: string;
  readonly threads: number;
  /** The jobs that it has ended so far. */
  readonly counts: { readonly done: number; readonly failed: number };
  /**
   * Takes no more jobs, finishes those that it has, or gives them back if that takes longer than `grace`
   * seconds (default: 20), and lets go of the server.
   */
  close(options?: { grace?: number }): Promise<void>;
  /** Closes it at the end of a block that declares it with `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
