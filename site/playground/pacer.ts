import type { Pace } from "./learner.js";

/** How fast a run goes: what one credit pays for, or that it needs none. */
export type Speed =
  | { readonly kind: "pause" }
  | { readonly kind: "batches" }
  | { readonly kind: "epochs"; readonly count: number }
  | { readonly kind: "most" };

/** Milliseconds between two checks for messages, at the highest speed. */
const SEGMENT = 10;

/**
 * Lets a run continue once the page has drawn its last snapshot: a frame is a credit. At the highest speed
 * the run does not wait.
 */
export class Pacer implements Pace {
  private speed: Speed = { kind: "pause" };
  private credits = 0;
  private steps = 0;
  private wake: (() => void) | undefined;
  /** Epochs between two checks, and the time of the last. */
  private epochs = 1;
  private begin = 0;

  /** `rest` is called before each wait, and at the highest speed between two segments. */
  constructor(private readonly rest: () => void) {}

  get isPaused(): boolean {
    return this.speed.kind === "pause";
  }

  set(speed: Speed): void {
    this.speed = speed;
    this.begin = 0;
    this.wake?.();
  }

  /** The page has drawn a frame. */
  grant(): void {
    this.credits = 1;
    this.wake?.();
  }

  /** Runs one batch while paused. */
  step(): void {
    this.steps++;
    this.wake?.();
  }

  async next(): Promise<number | "batches"> {
    await this.spend();
    const { speed } = this;
    if (speed.kind === "epochs") return speed.count;
    if (speed.kind !== "most") return "batches";
    const now = performance.now();
    if (this.begin > 0) {
      const share = SEGMENT / Math.max(0.1, now - this.begin);
      this.epochs = Math.max(1, Math.min(5000, Math.floor(this.epochs * Math.min(2, share))));
    }
    this.begin = now;
    return this.epochs;
  }

  batch(): Promise<void> | undefined {
    // The rest of an epoch that began batch by batch does not wait.
    const { kind } = this.speed;
    return kind === "pause" || kind === "batches" ? this.spend() : undefined;
  }

  private async spend(): Promise<void> {
    this.rest();
    let rested = this.speed.kind;
    for (;;) {
      const { kind } = this.speed;
      // A pause that comes during the wait is a rest of its own.
      if (kind === "pause" && rested !== kind) this.rest();
      rested = kind;
      if (kind === "most") return macrotask();
      if (kind === "pause" ? this.steps > 0 : this.credits > 0) break;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
    if (this.speed.kind === "pause") this.steps--;
    else this.credits--;
  }
}

/** Lets messages arrive. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
