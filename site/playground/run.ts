import type { GradientCheck } from "lanewise";
import type { Look, Notice, Order, Snapshot } from "./messages.js";
import type { Speed } from "./pacer.js";
import type { Change, Recipe, WithoutPlace } from "./recipe.js";

/** Receives what a run reports. */
export interface RunListener {
  onReady(variant: string): void;
  onResumed(epoch: number): void;
  /** At most once per frame. */
  onSnapshot(snapshot: Snapshot): void;
  onChanged(change: Change): void;
  onRest(rest: Notice & { kind: "rest" }): void;
  onChecked(checks: readonly GradientCheck[]): void;
  onFailed(message: string): void;
}

export type SpeedName = "batch" | "epoch" | "ten" | "hundred" | "most";

/** Speeds: what the run does between two drawn frames, and how many frames lie between them. */
export const speeds: Readonly<
  Record<SpeedName, { readonly title: string; readonly speed: Speed; readonly frames: number }>
> = {
  batch: { title: "Batch", speed: { kind: "batches" }, frames: 6 },
  epoch: { title: "Epoch", speed: { kind: "epochs", count: 1 }, frames: 3 },
  ten: { title: "×10", speed: { kind: "epochs", count: 10 }, frames: 3 },
  hundred: { title: "×100", speed: { kind: "epochs", count: 100 }, frames: 3 },
  most: { title: "Max", speed: { kind: "most" }, frames: 1 },
};

/** Frames between two pictures under reduced motion: two pictures a second. */
const CALM_FRAMES = 30;

/** The page's side of the trainer: draws at the pace of the screen and grants the run its credits. */
export class Trainer {
  private readonly worker: Worker;
  private run = 0;
  private readonly saves: ((file: Uint8Array<ArrayBuffer>) => void)[] = [];
  private waiting: Snapshot | undefined;
  private frames = 0;
  private speed: SpeedName = "epoch";
  private frame = 0;
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * `keeps`: runs are kept for a page that is loaded again. `resumes`: the first one may go on that was left.
   */
  constructor(
    private readonly listener: RunListener,
    private readonly keeps = false,
    private resumes = false,
  ) {
    this.worker = resumes
      ? new Worker(new URL("./resuming-trainer.ts", import.meta.url), { type: "module" })
      : new Worker(new URL("./trainer.ts", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => this.take(data));
    this.worker.addEventListener("error", ({ message }) =>
      listener.onFailed(message || "The trainer could not be loaded. Reload the page."),
    );
    const draw = () => {
      this.draw();
      this.frame = requestAnimationFrame(draw);
    };
    this.frame = requestAnimationFrame(draw);
  }

  start(recipe: Recipe, speed: SpeedName, paused: boolean): void {
    this.run++;
    this.waiting = undefined;
    this.speed = speed;
    this.tell({
      kind: "start",
      run: this.run,
      recipe,
      keeps: this.keeps,
      resumes: this.resumes,
      speed: paused ? { kind: "pause" } : speeds[speed].speed,
    });
    this.resumes = false;
  }

  go(speed: SpeedName): void {
    this.speed = speed;
    this.tell({ kind: "speed", speed: speeds[speed].speed });
    this.tell({ kind: "drawn" });
  }

  pause(): void {
    this.tell({ kind: "speed", speed: { kind: "pause" } });
  }

  step(): void {
    this.tell({ kind: "step" });
  }

  change(change: WithoutPlace<Change>): void {
    this.tell({ kind: "change", change });
  }

  check(): void {
    this.tell({ kind: "check" });
  }

  /** The file of the model as it is. */
  save(): Promise<Uint8Array<ArrayBuffer>> {
    this.tell({ kind: "save" });
    return new Promise((resolve) => this.saves.push(resolve));
  }

  look(at: Look): void {
    this.tell({ kind: "look", at });
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.worker.terminate();
  }

  private tell(order: Order): void {
    this.worker.postMessage(order);
  }

  private take(notice: Notice): void {
    if (notice.kind === "ready") this.listener.onReady(notice.variant);
    else if (notice.kind === "saved") this.saves.shift()?.(notice.file);
    // Messages of an earlier run are ignored.
    else if (!("run" in notice) || notice.run !== this.run) return;
    else if (notice.kind === "snapshot") this.waiting = joined(this.waiting, notice.snapshot);
    else if (notice.kind === "resumed") this.listener.onResumed(notice.epoch);
    else if (notice.kind === "changed") this.listener.onChanged(notice.change);
    else if (notice.kind === "checked") this.listener.onChecked(notice.checks);
    else if (notice.kind === "rest") {
      this.draw(true);
      this.listener.onRest(notice);
    } else this.listener.onFailed(notice.message);
  }

  /** Draws the waiting snapshot once enough frames have passed. */
  private draw(now = false): void {
    this.frames++;
    const least = this.calm.matches ? CALM_FRAMES : speeds[this.speed].frames;
    if (!this.waiting || (this.frames < least && !now)) return;
    this.frames = 0;
    const snapshot = this.waiting;
    this.waiting = undefined;
    this.listener.onSnapshot(snapshot);
    this.tell({ kind: "drawn" });
  }
}

/** A snapshot that was never drawn passes its losses on to the next. */
function joined(before: Snapshot | undefined, next: Snapshot): Snapshot {
  if (!before || before.losses.length === 0) return next;
  const losses = new Float32Array(before.losses.length + next.losses.length);
  losses.set(before.losses);
  losses.set(next.losses, before.losses.length);
  return { ...next, losses };
}
