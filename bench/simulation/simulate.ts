/** Workers that take jobs of a queue, simulated event by event: which of them are slow, and which die. */

/** What is assumed of the machines and the queue. */
export interface World {
  /** The part of the workers that are slow, and how many times as slow. */
  readonly slow: number;
  readonly factor: number;
  /** The standard deviation of the logarithm of what a job takes. */
  readonly sigma: number;
  /** Seconds of the queue for a job, of which there is one at a time, and for the end of a stage. */
  readonly perJob: number;
  readonly perStage: number;
  /** Bytes a second of the queue's link. */
  readonly link: number;
  /** Seconds of computing until a worker dies, on average, and until that is noticed. */
  readonly life: number;
  readonly notice: number;
}

/** What is to be computed: stages of jobs, of which the next begins when all of one are done. */
export interface Work {
  readonly stages: number;
  readonly jobs: number;
  /** Seconds of a job on a worker that is not slow. */
  readonly seconds: number;
  /** Bytes that a job reads, and that it writes. */
  readonly reads: number;
  readonly writes: number;
}

type Event = { readonly at: number; readonly order: number } & (
  | { readonly kind: "free"; readonly worker: number }
  | { readonly kind: "done"; readonly worker: number }
  | { readonly kind: "back" }
);

/** The time that a number of workers take, in seconds. */
export function simulate(work: Work, world: World, workers: number, seed = 1): number {
  const random = randomFrom(seed);
  const slow = Math.round(world.slow * workers);
  // Slow ones are spread over the workers, so that the first one is not slow.
  const speedOf = (worker: number): number =>
    slow > 0 && worker % Math.ceil(workers / slow) === Math.ceil(workers / slow) - 1 ? world.factor : 1;
  let start = 0;
  for (let stage = 0; stage < work.stages; stage++) {
    const events = new Heap();
    let server = start;
    let waiting = work.jobs;
    let done = 0;
    const idle: number[] = [];
    const serve = (at: number, bytes: number): number => {
      server = Math.max(server, at) + world.perJob / 2 + bytes / world.link;
      return server;
    };
    for (let worker = 0; worker < workers; worker++) events.push({ kind: "free", worker, at: start });
    let end = start;
    while (done < work.jobs) {
      const event = events.pop();
      if (event.kind === "back") {
        waiting++;
        const worker = idle.pop();
        if (worker !== undefined) events.push({ kind: "free", worker, at: event.at });
      } else if (event.kind === "done") {
        end = serve(event.at, work.writes);
        done++;
        events.push({ kind: "free", worker: event.worker, at: end });
      } else if (waiting === 0) idle.push(event.worker);
      else {
        waiting--;
        const { worker } = event;
        const begin = serve(event.at, work.reads);
        const seconds = work.seconds * speedOf(worker) * Math.exp(world.sigma * normalOf(random));
        const death = -world.life * Math.log(1 - random());
        if (death >= seconds) events.push({ kind: "done", worker, at: begin + seconds });
        else {
          const at = begin + death + world.notice;
          events.push({ kind: "back", at });
          events.push({ kind: "free", worker, at });
        }
      }
    }
    start = end + world.perStage;
  }
  return start;
}

/** How many times as fast it is as one core that has all to itself. */
export const speedUp = (work: Work, world: World, workers: number): number =>
  (work.stages * work.jobs * work.seconds) / simulate(work, world, workers);

/** Events by their time; those of one time in the order in which they came. */
class Heap {
  private readonly events: Event[] = [];
  private count = 0;

  push(event: { kind: "free" | "done"; worker: number; at: number } | { kind: "back"; at: number }): void {
    const { events } = this;
    let at = events.length;
    events.push({ ...event, order: this.count++ } as Event);
    for (let above = (at - 1) >> 1; at > 0 && before(events[at], events[above]); above = (at - 1) >> 1) {
      [events[at], events[above]] = [events[above], events[at]];
      at = above;
    }
  }

  pop(): Event {
    const { events } = this;
    const [first] = events;
    const last = events.pop();
    if (last === undefined) throw new Error("simulate: nothing is going on, and jobs are not done");
    if (events.length === 0) return first;
    events[0] = last;
    for (let at = 0; ; ) {
      const below = [2 * at + 1, 2 * at + 2].filter((each) => each < events.length);
      const next = below.reduce((least, each) => (before(events[each], events[least]) ? each : least), at);
      if (next === at) return first;
      [events[at], events[next]] = [events[next], events[at]];
      at = next;
    }
  }
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Uniform in [0, 1): the generator mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normalOf = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
