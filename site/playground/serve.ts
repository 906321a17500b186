import { type Backend, createBackend } from "lanewise";
import type { Begun } from "./begun.js";
import { sceneOf } from "./data/index.js";
import { checksOf } from "./equations.js";
import { Learner } from "./learner.js";
import { encode } from "./link.js";
import type { Look, Notice, Order, RaceLap } from "./messages.js";
import { Observer } from "./observer.js";
import { Pacer, type Speed } from "./pacer.js";
import { race } from "./race.js";
import type { Change, Recipe, WithoutPlace } from "./recipe.js";
import { raceThreads } from "./thread-race.js";
import { forgetUnfinished, keepUnfinished, readUnfinished, type Unfinished } from "./unfinished.js";

/** The worker: it runs recipes, and tells how they stand when the page has drawn what it told before. */

const tell = (notice: Notice, transfer: Transferable[] = []): void => postMessage(notice, { transfer });

let look: Look = { samples: false, equations: false, ridges: false };
let current: Run | undefined;

/** Between checkpoints: the least milliseconds, and the least multiple of the time that one takes. */
const [KEPT_EVERY, KEPT_SHARE] = [1000, 30];

type Start = Order & { readonly kind: "start" };

/** A recipe that runs. */
class Run {
  private readonly run: number;
  /** Whether it is kept for a page that is loaded again. */
  private readonly keeps: boolean;
  private readonly learner: Learner;
  private readonly observer: Observer;
  private readonly pacer = new Pacer(() => this.rest());
  private readonly end = new AbortController();
  /** Whether the page waits for a snapshot. */
  private drawn = true;
  /** The time of the last start. */
  private since: number | undefined;
  private keptUntil = 0;

  /** `seconds` of training have gone into a run that has begun. */
  constructor(
    backend: Backend,
    { run, recipe, keeps }: Start,
    begun: Begun | undefined,
    private seconds: number,
  ) {
    this.run = run;
    this.keeps = keeps;
    this.learner = new Learner(backend, recipe, begun, () => this.observer.record());
    this.observer = new Observer(this.learner);
    if (begun) tell({ kind: "resumed", run, epoch: begun.epoch });
  }

  async start(speed: Speed): Promise<void> {
    this.setSpeed(speed);
    try {
      await this.learner.run(this.pacer, this.end.signal);
      this.stopClock();
      this.forget();
      this.show();
      await this.tellHash();
    } catch (error) {
      if (this.end.signal.aborted) return;
      this.forget();
      tell({ kind: "failed", run: this.run, message: messageOf(error) });
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
    const made = this.learner.change(what);
    if (this.pacer.isPaused && !this.learner.isDone) this.keep();
    const change = await made;
    tell({ kind: "changed", run: this.run, change });
    if (this.pacer.isPaused || this.learner.isDone) {
      if (!this.learner.isDone) this.keep();
      this.show();
      await this.tellHash();
    }
  }

  /** Shows how the run stands. */
  show(): void {
    this.drawn = false;
    const [snapshot, transfer] = this.observer.look(look);
    tell({ kind: "snapshot", run: this.run, snapshot }, transfer);
  }

  save(): void {
    tell({ kind: "saved", file: this.learner.save() });
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
    if (this.pacer.isPaused || performance.now() > this.keptUntil) this.keep();
  }

  /** Keeps how far it has come, for a page that is loaded again. */
  private keep(): void {
    const { learner, since } = this;
    if (!learner.hasBegun || !this.keeps) return;
    const begin = performance.now();
    const checkpoint = learner.checkpoint();
    const end = performance.now();
    this.keptUntil = end + Math.max(KEPT_EVERY, KEPT_SHARE * (end - begin));
    const seconds = this.seconds + (since === undefined ? 0 : (begin - since) / 1000);
    const { batch, recipeSoFar, waitingChanges: waiting } = learner;
    keepUnfinished({ link: encode(recipeSoFar), batch, seconds, checkpoint, waiting });
  }

  private forget(): void {
    if (this.keeps) forgetUnfinished();
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

/** How a run that was left goes on. Undefined where it is one of another recipe, or damaged. */
export type Resume = (backend: Backend, recipe: Recipe, run: Unfinished) => Begun | undefined;

/** Obeys the page. Without `resume` every run begins at its beginning. */
export async function serveRuns(resume?: Resume): Promise<void> {
  /** Orders come while the kernels are still on their way. */
  const made = createBackend();
  /** Resolves when the run before has left the model alone. */
  let finished: Promise<void> = Promise.resolve();
  let begun: Promise<void> = Promise.resolve();

  /** The memory of the last run is given back before the next one begins. */
  async function begin(order: Start): Promise<void> {
    const { run, recipe, speed, keeps, resumes } = order;
    current?.abort();
    await finished;
    current?.dispose();
    current = undefined;
    try {
      const backend = await made;
      await sceneOf(recipe.scene).load?.();
      const left = resumes ? await readUnfinished() : undefined;
      const goes = left && resume?.(backend, recipe, left);
      if (keeps && !goes) forgetUnfinished();
      const seconds = goes && left ? left.seconds : 0;
      current = new Run(backend, order, goes, seconds);
      if (goes && left) for (const what of left.waiting) void current.change(what);
      finished = current.start(speed);
    } catch (error) {
      tell({ kind: "failed", run, message: messageOf(error) });
    }
  }

  addEventListener("message", ({ data: order }: MessageEvent<Order>) => {
    if (order.kind === "start") begun = begun.then(() => begin(order));
    else if (order.kind === "race") runRace((tellLap) => race(order.recipe, order.rounds, tellLap));
    else if (order.kind === "raceThreads") runRace((tellLap) => raceThreads(order.rounds, tellLap));
    else void begun.then(() => obey(order));
  });
  tell({ kind: "ready", variant: (await made).variant });
}

function obey(order: Exclude<Order, { kind: "start" | "race" | "raceThreads" }>): void {
  if (order.kind === "look") {
    look = order.at;
    current?.show();
  } else if (order.kind === "speed") current?.setSpeed(order.speed);
  else if (order.kind === "step") current?.step();
  else if (order.kind === "drawn") current?.grant();
  else if (order.kind === "check") current?.check();
  else if (order.kind === "save") current?.save();
  else void current?.change(order.change);
}

function runRace(run: (tellLap: (lap: RaceLap) => void) => Promise<void>): void {
  run((lap) => tell({ kind: "lap", lap })).then(
    () => tell({ kind: "raced" }),
    (error) => tell({ kind: "raceFailed", message: messageOf(error) }),
  );
}
