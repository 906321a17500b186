/** What was made last, by its key: the oldest goes when all together are larger than `most`. */
export class Recent<Value> {
  private readonly values = new Map<string, Value>();

  constructor(
    private readonly most: number,
    private readonly sizeOf: (value: Value) => number = () => 1,
  ) {}

  of(key: string, make: () => Value): Value {
    const known = this.values.get(key);
    const value = known ?? make();
    this.values.delete(key);
    this.values.set(key, value);
    // A promise that fails is not kept: the file may be there the next time.
    if (!known && value instanceof Promise) value.catch(() => this.values.delete(key));
    let size = 0;
    for (const each of this.values.values()) size += this.sizeOf(each);
    for (const [old, each] of this.values) {
      if (size <= this.most || old === key) break;
      this.values.delete(old);
      size -= this.sizeOf(each);
    }
    return value;
  }
}
