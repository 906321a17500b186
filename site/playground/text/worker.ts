import type { Backend } from "lanewise";
import { Pacer, type Speed } from "../pacer.js";
import { forgetUnfinished, keepUnfinished, readUnfinished, type Unfinished } from "../unfinished.js";
import { TextLearner } from "./learner.js";
import { type Library, libraryAt } from "./library.js";
import { encodeTextLink } from "./link.js";
import type { TextNotice, TextOrder, TextSnapshot, Written } from "./messages.js";
import { Reader } from "./reader.js";
import { resumedText } from "./resumed.js";
import { knownPrompt, written } from "./writer.js";

/** The worker: a model of characters learns, reads and writes in it. */

const tell = (notice: TextNotice, transfer: Transferable[] = []): void => postMessage(notice, { transfer });

type Start = TextOrder & { readonly kind: "start" };

/** Milliseconds between two snapshots, two texts and two checkpoints. */
const [SHOWN_EVERY, WRITTEN_EVERY, KEPT_EVERY] = [60, 900, 2000];
/** Milliseconds over which the speed is measured. */
const WINDOW = 1500;

/** A recipe that runs. */
class Run {
  private readonly run: number;
  private readonly keeps: boolean;
  private readonly learner: TextLearner;
  private readonly reader: Reader;
  private readonly pacer = new Pacer(() => this.rest());
  private readonly end = new AbortController();
  private look: Start["look"];
  private drawn = true;
  /** The time of the last start. */
  private since: number | undefined;
  private seconds = 0;
  private shownAt = 0;
  private writtenAt = Number.NEGATIVE_INFINITY;
  private keptAt = 0;
  private marks: { readonly at: number; readonly characters: number }[] = [];

  constructor(
    private readonly library: Library,
    backend: Backend,
    { run, recipe, text, look, keeps }: Start,
    left: Unfinished | undefined,
  ) {
    this.run = run;
    this.look = look;
    this.keeps = keeps;
    this.learner = new TextLearner(library, backend, recipe, text, (layers) => {
      const begun = left && resumedText(library, backend, recipe, left, layers);
      if (begun) this.seconds = left.seconds;
      return begun;
    });
    this.reader = new Reader(library, this.learner);
    const { vocabulary, tokens, known, model, hasBegun, epoch } = this.learner;
    tell({
      kind: "started",
      run,
      start: {
        kinds: Array.from({ length: vocabulary.size }, (_, token) => vocabulary.decode([token])),
        learned: known,
        heldOut: tokens.length - known,
        parameters: model.parameterCount,
      },
    });
    if (hasBegun) tell({ kind: "resumed", run, epoch });
    else if (keeps) forgetUnfinished();
  }

  async start(speed: Speed): Promise<void> {
    this.setSpeed(speed);
    try {
      await this.learner.run(() => this.pacer.next(), this.end.signal);
      this.stopClock();
      this.forget();
      this.show(true);
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
    this.marks = [];
    this.pacer.set(speed);
  }

  step(): void {
    this.pacer.step();
  }

  grant(): void {
    this.drawn = true;
    this.pacer.grant();
  }

  lookAt(look: Start["look"]): void {
    this.look = look;
    this.show(true);
  }

  async changeRate(rate: number): Promise<void> {
    tell({ kind: "changed", run: this.run, change: this.learner.changeRate(rate) });
    if (this.pacer.isPaused && !this.learner.isDone) this.keep();
  }

  save(saveModel: Library["lanewise"]["saveModel"]): void {
    tell({ kind: "saved", file: saveModel(this.learner.model) });
  }

  abort(): void {
    this.end.abort();
    this.pacer.set({ kind: "most" });
  }

  dispose(): void {
    this.reader.dispose();
    this.learner.dispose();
  }

  /** Between two batches. */
  private rest(): void {
    if (this.end.signal.aborted) return;
    const now = performance.now();
    const { isPaused } = this.pacer;
    if (isPaused || (this.drawn && now - this.shownAt > SHOWN_EVERY)) this.show(isPaused);
    if (isPaused) void this.tellHash();
    if (isPaused || now - this.keptAt > KEPT_EVERY) this.keep();
  }

  /** Shows how the run stands, with a new text if one is due. */
  private show(writes: boolean): void {
    const { learner } = this;
    const now = performance.now();
    this.drawn = false;
    this.shownAt = now;
    const isDue = writes || now - this.writtenAt > WRITTEN_EVERY;
    if (isDue) this.writtenAt = now;
    const snapshot: TextSnapshot = {
      epoch: learner.epoch,
      batch: learner.batch,
      samplesPerSecond: this.speed(now),
      losses: Float32Array.from(learner.losses.splice(0)),
      testLoss: learner.testBits,
      passage: this.reader.read(this.look.passage),
      written: isDue ? this.write() : undefined,
    };
    tell({ kind: "snapshot", run: this.run, snapshot });
  }

  private write(): Written {
    const { library, learner, look } = this;
    return {
      prompt: knownPrompt(learner, look.writing.prompt),
      text: written(library, learner, look.writing),
    };
  }

  /** Keeps how far it has come, for a page that is loaded again. */
  private keep(): void {
    const { learner, since } = this;
    if (!learner.hasBegun || learner.isDone || !this.keeps) return;
    const now = performance.now();
    this.keptAt = now;
    const seconds = this.seconds + (since === undefined ? 0 : (now - since) / 1000);
    const { batch, recipeSoFar } = learner;
    // A rate changes at once.
    const waiting = [] as const;
    const link = encodeTextLink(recipeSoFar);
    keepUnfinished({ link, batch, seconds, checkpoint: learner.checkpoint(), waiting });
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

  /** Characters a second, over the last moment. */
  private speed(at: number): number | undefined {
    this.marks.push({ at, characters: this.learner.characters });
    while (this.marks.length > 2 && at - this.marks[0].at > WINDOW) this.marks.shift();
    const [first] = this.marks;
    return at > first.at
      ? ((this.learner.characters - first.characters) * 1000) / (at - first.at)
      : undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

let library: Library | undefined;
let backend: Backend | undefined;
let current: Run | undefined;
/** Resolves when the run before has left the model alone. */
let finished: Promise<void> = Promise.resolve();
let begun: Promise<void> = Promise.resolve();

async function open(folder: string): Promise<void> {
  library = await libraryAt(folder);
  backend = await library.lanewise.createBackend();
  tell({ kind: "ready", variant: backend.variant });
}

async function begin(order: Start): Promise<void> {
  current?.abort();
  await finished;
  current?.dispose();
  current = undefined;
  try {
    if (!library || !backend) throw new Error("The worker has no library yet.");
    const left = order.resumes ? await readUnfinished() : undefined;
    current = new Run(library, backend, order, left);
    finished = current.start(order.speed);
  } catch (error) {
    tell({ kind: "failed", run: order.run, message: messageOf(error) });
  }
}

function obey(order: Exclude<TextOrder, { kind: "start" | "open" }>): void {
  if (order.kind === "look") current?.lookAt(order.look);
  else if (order.kind === "speed") current?.setSpeed(order.speed);
  else if (order.kind === "step") current?.step();
  else if (order.kind === "drawn") current?.grant();
  else if (order.kind === "rate") void current?.changeRate(order.rate);
  else if (library) current?.save(library.lanewise.saveModel);
}

addEventListener("message", ({ data: order }: MessageEvent<TextOrder>) => {
  if (order.kind === "start") begun = begun.then(() => begin(order));
  else if (order.kind === "open")
    begun = open(order.folder).catch((error) => tell({ kind: "failed", run: 0, message: messageOf(error) }));
  else void begun.then(() => obey(order));
});
