/**
 * How much the targets change along a table: the part of their variance that lies between runs of rows. Near
 * 0 where rows are in no order, 1 where they are sorted by a target of few values. Classes count as vectors
 * of zeros and a one.
 */
export class Drift {
  private readonly sums: number[];
  private readonly totals: number[];
  private first: number | undefined;
  private rows = 0;
  private inRun = 0;
  private squares = 0;
  private between = 0;
  private runs = 0;

  /** classes: how many; undefined for values. run: rows in a run. */
  constructor(
    private readonly classes: number | undefined,
    private readonly run: number,
  ) {
    this.sums = new Array<number>(classes ?? 1).fill(0);
    this.totals = [...this.sums];
  }

  add(target: number): void {
    // Sums of differences from the first value lose no digit to what all have in common.
    this.first ??= target;
    const value = this.classes === undefined ? target - this.first : 1;
    this.sums[this.classes === undefined ? 0 : target] += value;
    this.squares += value * value;
    this.rows++;
    this.inRun++;
    if (this.inRun === this.run) this.endRun();
  }

  /** The part of the variance between runs, less what chance has there (epsilon squared: Kelley 1935). */
  share(): number {
    this.endRun();
    const { rows, runs, squares, between, totals } = this;
    const mean = totals.reduce((sum, total) => sum + (total / rows) * (total / rows), 0);
    const variance = squares / rows - mean;
    if (!(variance > 0 && rows > runs)) return 0;
    const within = 1 - (between / rows - mean) / variance;
    return Math.max(0, 1 - (within * (rows - 1)) / (rows - runs));
  }

  private endRun(): void {
    const { sums, totals, inRun } = this;
    if (inRun === 0) return;
    sums.forEach((sum, i) => {
      this.between += (sum * sum) / inRun;
      totals[i] += sum;
    });
    sums.fill(0);
    this.runs++;
    this.inRun = 0;
  }
}
