interface Waiting<Item> {
  resolve(next: IteratorResult<Item, void>): void;
  reject(reason: unknown): void;
}

/**
 * Several readers of one source, which is begun again for each epoch: all of them get each item, and the
 * next one is asked for when all are done with it. So an item may use the memory of the one before.
 */
export class Lockstep<Item> {
  private iterator: AsyncIterator<Item, void> | undefined;
  private waiting: Waiting<Item>[] = [];
  /** Whether the source was asked for an item that has not come. */
  private asking = false;

  constructor(
    private readonly begin: () => AsyncIterator<Item, void>,
    private readers: number,
  ) {}

  /** One epoch, for one of the readers. */
  async *read(): AsyncGenerator<Item, void, void> {
    for (;;) {
      const { done, value } = await new Promise<IteratorResult<Item, void>>((resolve, reject) => {
        this.waiting.push({ resolve, reject });
        this.goOn();
      });
      if (done) return;
      yield value;
    }
  }

  /** One of the readers reads no more. The last one ends the source. */
  async leave(): Promise<void> {
    this.readers--;
    if (this.readers > 0) return this.goOn();
    const closed = Promise.resolve(this.iterator?.return?.());
    // A source that is stuck before its next item cannot be closed.
    if (this.asking) closed.catch(() => {});
    else await closed;
  }

  /** Asks for the next item if all readers wait for it. */
  private goOn(): void {
    if (this.waiting.length < this.readers || this.asking) return;
    const waiting = this.waiting;
    this.waiting = [];
    this.iterator ??= this.begin();
    this.asking = true;
    this.iterator.next().then(
      (next) => {
        this.asking = false;
        if (next.done) this.iterator = undefined;
        for (const reader of waiting) reader.resolve(next);
      },
      (reason) => {
        this.asking = false;
        for (const reader of waiting) reader.reject(reason);
      },
    );
  }
}
