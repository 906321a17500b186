/**
 * Hands the blobs of jobs over in the order of the jobs, as they are done, and lets jobs begin only so far
 * ahead of the blob that is next.
 */
export class HandOver {
  /** Whether a job is done and its blob there, by its place; those handed over are forgotten. */
  private readonly there = new Set<number>();
  private readonly waiting = new Map<number, (mayBegin: boolean) => void>();
  private next = 0;
  private failure: { readonly error: unknown } | undefined;
  private hasFailed = false;
  private isHanding = false;
  private handing: Promise<void> | undefined;

  /**
   * names: of the blob of each job. ahead: how many jobs begin before the blob of the first of them is
   * handed.
   */
  constructor(
    private readonly names: readonly string[],
    private readonly ahead: number,
    private readonly hand: (name: string) => Promise<void>,
  ) {}

  /** Waits for the turn of a job; false if it need not begin any more. */
  mayBegin(place: number): Promise<boolean> {
    if (this.hasFailed || place < this.next + this.ahead) return Promise.resolve(!this.hasFailed);
    return new Promise((resolve) => this.waiting.set(place, resolve));
  }

  /** A job is over. */
  end(place: number, isDone: boolean): void {
    if (!isDone) this.stop();
    else {
      this.there.add(place);
      if (!this.isHanding) this.handing = this.handAll();
    }
  }

  /** All jobs are over: waits for the last blob. @throws what handing over threw */
  async finish(): Promise<void> {
    await this.handing;
    if (this.failure) throw this.failure.error;
  }

  private async handAll(): Promise<void> {
    this.isHanding = true;
    try {
      while (!this.failure && this.there.delete(this.next)) {
        await this.hand(this.names[this.next]);
        this.next++;
        this.wake();
      }
    } catch (error) {
      this.failure = { error };
      this.stop();
    } finally {
      this.isHanding = false;
    }
  }

  private wake(): void {
    for (const [place, resolve] of this.waiting)
      if (place < this.next + this.ahead) {
        this.waiting.delete(place);
        resolve(true);
      }
  }

  private stop(): void {
    this.hasFailed = true;
    for (const resolve of this.waiting.values()) resolve(false);
    this.waiting.clear();
  }
}
