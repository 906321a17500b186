import { type Backend, createBackend } from "lanewise";
import { sceneOf } from "./data/index.js";
import { checksOf } from "./equations.js";
import { Learner, type WithoutPlace } from "./learner.js";
import type { Look, Notice, Order } from "./messages.js";
import { Observer } from "./observer.js";
import { Pacer, type Speed } from "./pacer.js";
import { race } from "./race.js";
import type { Change, Recipe } from "./recipe.js";

/** The worker: runs recipes, and reports once the page has drawn the last report. */

const tell = (notice: Notice, transfer: Transferable[] = []): void => postMessage(notice, { transfer });

let look: Look = { samples: false, equations: false, ridges: false };
let current: Run | undefined;

/** A recipe that runs. */
class Run {
  private readonly learner: Learner;
  private readonly observer: Observer;
  private readonly pacer = new Pacer(() => this.rest());
  private readonly end = new AbortController();
  /** Whether the page waits for a snapshot. */
  private drawn = true;
  /** Seconds of training so far, and the time of the last start. */
  private seconds = 0;
  private since: number | undefined;

  constructor(
    backend: Backend,
    private readonly run: number,
    recipe: Recipe,
  ) {
    this.learner = new Learner(backend, recipe, () => this.observer.record());
    this.observer = new Observer(this.learner);
  }

  async start(speed: Speed): Promise<void> {
    this.setSpeed(speed);
    try {
      await this.learner.run(this.pacer, this.end.signal);
      this.stopClock();
      this.show();
      await this.tellHash();
    } catch (error) {
      if (!this.end.signal.aborted) tell({ kind: "failed", run: this.run, message: messageOf(error) });
    }
  }

  setSpeed(speed: Speed): void {
    if (speed.kind === "pause") this.stopClock();
    else if (!this.learner.isDone) this.since ??= performance.now();
    this.pacer.set(speed);
  }

  step(): void {
    this.pacer.step();
  }

  grant(): void {
    this.drawn = true;
    this.pacer.grant();
  }

  async change(what: WithoutPlace<Change>): Promise<void> {
    const change = await this.learner.change(what);
    tell({ kind: "changed", run: this.run, change });
    if (this.pacer.isPaused || this.learner.isDone) {
      this.show();
      await this.tellHash();
    }
  }

  /** Sends a snapshot. */
  show(): void {
    this.drawn = false;
    const [snapshot, transfer] = this.observer.look(look);
    tell({ kind: "snapshot", run: this.run, snapshot }, transfer);
  }

  check(): void {
    tell({ kind: "checked", run: this.run, checks: checksOf(this.learner) });
  }

  abort(): void {
    this.end.abort();
    this.pacer.set({ kind: "most" });
  }

  dispose(): void {
    this.observer.dispose();
    this.learner.dispose();
  }

  private rest(): void {
    if (this.end.signal.aborted) return;
    if (this.drawn || this.pacer.isPaused) this.show();
    if (this.pacer.isPaused) void this.tellHash();
  }

  private async tellHash(): Promise<void> {
    const done = this.learner.isDone;
    const hash = await this.learner.hash();
    tell({ kind: "rest", run: this.run, done, hash, seconds: this.seconds });
  }

  private stopClock(): void {
    if (this.since !== undefined) this.seconds += (performance.now() - this.since) / 1000;
    this.since = undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const backend = await createBackend();
/** Resolves once the previous run no longer uses its model. */
let finished: Promise<void> = Promise.resolve();

/** Frees the memory of the last run before the next one starts. */
async function begin(order: Order & { kind: "start" }): Promise<void> {
  current?.abort();
  await finished;
  current?.dispose();
  current = undefined;
  try {
    await sceneOf(order.recipe.scene).load?.();
    current = new Run(backend, order.run, order.recipe);
    finished = current.start(order.speed);
  } catch (error) {
    tell({ kind: "failed", run: order.run, message: messageOf(error) });
  }
}

let begun: Promise<void> = Promise.resolve();

addEventListener("message", ({ data: order }: MessageEvent<Order>) => {
  if (order.kind === "start") begun = begun.then(() => begin(order));
  else if (order.kind === "race") runRace(order.recipe, order.rounds);
  else void begun.then(() => obey(order));
});

function obey(order: Exclude<Order, { kind: "start" | "race" }>): void {
  if (order.kind === "look") {
    look = order.at;
    current?.show();
  } else if (order.kind === "speed") current?.setSpeed(order.speed);
  else if (order.kind === "step") current?.step();
  else if (order.kind === "drawn") current?.grant();
  else if (order.kind === "check") current?.check();
  else void current?.change(order.change);
}

function runRace(recipe: Recipe, rounds: number): void {
  race(recipe, rounds, (lap) => tell({ kind: "lap", lap })).then(
    () => tell({ kind: "raced" }),
    (error) => tell({ kind: "raceFailed", message: messageOf(error) }),
  );
}

tell({ kind: "ready", variant: backend.variant });
