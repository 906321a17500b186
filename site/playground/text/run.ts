import type { Speed } from "../pacer.js";
import type { TextLook, TextNotice, TextOrder, TextSnapshot, TextStart } from "./messages.js";
import type { RateChange, TextRecipe } from "./recipe.js";

/** Receives what a run reports. */
export interface TextListener {
  onReady(variant: string): void;
  onStarted(start: TextStart): void;
  onResumed(epoch: number): void;
  /** At most once per frame. */
  onSnapshot(snapshot: TextSnapshot): void;
  onChanged(change: RateChange): void;
  onRest(rest: TextNotice & { kind: "rest" }): void;
  onFailed(message: string): void;
}

export type TextSpeedName = "batch" | "most";

/** What the run does between two drawn frames, and how many frames lie between them. */
export const textSpeeds: Readonly<
  Record<TextSpeedName, { readonly title: string; readonly speed: Speed; readonly frames: number }>
> = {
  batch: { title: "Batch", speed: { kind: "batches" }, frames: 8 },
  most: { title: "Max", speed: { kind: "most" }, frames: 1 },
};

/** Frames between two pictures under reduced motion: two pictures a second. */
const CALM_FRAMES = 30;

/** The page's end of the worker. */
export class TextTrainer {
  private readonly worker: Worker;
  private readonly saves: ((file: Uint8Array<ArrayBuffer>) => void)[] = [];
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private run = 0;
  private waiting: TextSnapshot | undefined;
  private frames = 0;
  private frame = 0;
  private speed: TextSpeedName = "most";

  /** `folder` is the address of the package's entries. `resumes`: the first run may go on that was left. */
  constructor(
    private readonly listener: TextListener,
    folder: string,
    private resumes: boolean,
  ) {
    this.worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<TextNotice>) => this.take(data));
    this.worker.addEventListener("error", ({ message }) =>
      listener.onFailed(message || "The trainer could not be loaded. Reload the page."),
    );
    this.tell({ kind: "open", folder });
    const draw = () => {
      this.draw();
      this.frame = requestAnimationFrame(draw);
    };
    this.frame = requestAnimationFrame(draw);
  }

  start(recipe: TextRecipe, text: string, look: TextLook, speed: TextSpeedName, paused: boolean): void {
    this.run++;
    this.waiting = undefined;
    this.speed = speed;
    const { run, resumes } = this;
    const pace: Speed = paused ? { kind: "pause" } : textSpeeds[speed].speed;
    // The worker is given the text once.
    const data = recipe.data.name === "own" ? { ...recipe.data, text } : recipe.data;
    this.tell({
      kind: "start",
      run,
      recipe: { ...recipe, data },
      text,
      look,
      speed: pace,
      keeps: true,
      resumes,
    });
    this.resumes = false;
  }

  go(speed: TextSpeedName): void {
    this.speed = speed;
    this.tell({ kind: "speed", speed: textSpeeds[speed].speed });
    this.tell({ kind: "drawn" });
  }

  pause(): void {
    this.tell({ kind: "speed", speed: { kind: "pause" } });
  }

  step(): void {
    this.tell({ kind: "step" });
  }

  look(look: TextLook): void {
    this.tell({ kind: "look", look });
  }

  changeRate(rate: number): void {
    this.tell({ kind: "rate", rate });
  }

  /** The file of the model as it is. */
  save(): Promise<Uint8Array<ArrayBuffer>> {
    this.tell({ kind: "save" });
    return new Promise((resolve) => this.saves.push(resolve));
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.worker.terminate();
  }

  private tell(order: TextOrder): void {
    this.worker.postMessage(order);
  }

  private take(notice: TextNotice): void {
    const { listener } = this;
    if (notice.kind === "ready") listener.onReady(notice.variant);
    else if (notice.kind === "saved") this.saves.shift()?.(notice.file);
    // Messages of an earlier run are ignored.
    else if (notice.run !== this.run) return;
    else if (notice.kind === "started") listener.onStarted(notice.start);
    else if (notice.kind === "snapshot") this.waiting = joined(this.waiting, notice.snapshot);
    else if (notice.kind === "resumed") listener.onResumed(notice.epoch);
    else if (notice.kind === "changed") listener.onChanged(notice.change);
    else if (notice.kind === "rest") {
      this.draw(true);
      listener.onRest(notice);
    } else listener.onFailed(notice.message);
  }

  /** Draws the waiting snapshot once enough frames have passed. */
  private draw(now = false): void {
    this.frames++;
    const least = this.calm.matches ? CALM_FRAMES : textSpeeds[this.speed].frames;
    if (!this.waiting || (this.frames < least && !now)) return;
    this.frames = 0;
    const snapshot = this.waiting;
    this.waiting = undefined;
    this.listener.onSnapshot(snapshot);
    this.tell({ kind: "drawn" });
  }
}

/** A snapshot that was never drawn passes its losses and its text on to the next. */
function joined(before: TextSnapshot | undefined, next: TextSnapshot): TextSnapshot {
  if (!before) return next;
  const losses = new Float32Array(before.losses.length + next.losses.length);
  losses.set(before.losses);
  losses.set(next.losses, before.losses.length);
  return { ...next, losses, written: next.written ?? before.written };
}
