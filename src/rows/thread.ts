import { Worker } from "node:worker_threads";
import { ValueError } from "../index.js";
import { type Answer, type Failure, MARK, type Request } from "./messages.js";
import type { Tasks } from "./tasks.js";
import { workerFile } from "./worker-file.js";

/** What a task is told, and what it gives. */
type TaskOf<Name extends keyof Tasks> = Parameters<Tasks[Name]>[0];
type ValueOf<Name extends keyof Tasks> =
  ReturnType<Tasks[Name]> extends AsyncGenerator<infer Value, void, void> ? Value : never;

/**
 * Runs a task: with `isThreaded` in a thread that this process has for reading, so that the next value is
 * made while the caller works on the one before. @throws what the task throws
 */
export async function* runTask<Name extends keyof Tasks>(
  name: Name,
  task: TaskOf<Name>,
  isThreaded: boolean,
): AsyncGenerator<ValueOf<Name>, void, void> {
  type Values = AsyncGenerator<ValueOf<Name>, void, void>;
  if (isThreaded) {
    yield* valuesOf(name, task) as Values;
    return;
  }
  const { tasks, failureOf } = await import("./worker.js");
  try {
    yield* tasks[name](task as never) as Values;
  } catch (error) {
    throw await errorOf(failureOf(error), task.who);
  }
}

/** The only value that a task gives. */
export async function onlyValue<Name extends keyof Tasks>(
  name: Name,
  task: TaskOf<Name>,
  isThreaded: boolean,
): Promise<ValueOf<Name>> {
  let only: ValueOf<Name> | undefined;
  for await (const value of runTask(name, task, isThreaded)) only = value;
  return only as ValueOf<Name>;
}

/** A task that runs in the thread. */
class Pending {
  private readonly answers: Answer[] = [];
  private wake = (): void => {};

  add(answer: Answer): void {
    this.answers.push(answer);
    this.wake();
  }

  async next(): Promise<Answer> {
    for (;;) {
      const answer = this.answers.shift();
      if (answer) return answer;
      await new Promise<void>((wake) => {
        this.wake = wake;
      });
    }
  }
}

/** The thread, while it is there, and the tasks that run in it. */
let worker: Worker | undefined;
const pending = new Map<number, Pending>();
let count = 0;

async function* valuesOf(name: keyof Tasks, task: TaskOf<keyof Tasks>): AsyncGenerator<unknown, void, void> {
  const thread = begin();
  const id = count++;
  const answers = new Pending();
  pending.set(id, answers);
  const ask = (request: Request) => thread.postMessage(request);
  let isOver = false;
  ask({ id, start: name, task });
  try {
    for (;;) {
      const answer = await waitingFor(answers.next(), thread);
      isOver = !("value" in answer);
      if ("failed" in answer) throw await errorOf(answer.failed, task.who);
      if ("done" in answer) return;
      yield answer.value;
      ask({ id, more: true });
    }
  } finally {
    if (!isOver) ask({ id, stop: true });
    pending.delete(id);
  }
}

/** How many wait for the thread. */
let waiting = 0;

/** Only while it is waited for does the thread keep the process alive. */
async function waitingFor(answer: Promise<Answer>, thread: Worker): Promise<Answer> {
  if (waiting++ === 0) thread.ref();
  try {
    return await answer;
  } finally {
    if (--waiting === 0) thread.unref();
  }
}

function begin(): Worker {
  if (worker) return worker;
  const thread = new Worker(workerFile, { workerData: MARK, name: MARK });
  worker = thread;
  thread.unref();
  thread.on("message", (answer: Answer) => pending.get(answer.id)?.add(answer));
  const fail = (message: string) => {
    if (worker === thread) worker = undefined;
    const failed = { name: "Error", message, problems: undefined };
    for (const [id, answers] of pending) answers.add({ id, failed });
  };
  thread.on("error", ({ message }) => fail(`the thread that reads files failed: ${message}`));
  thread.on("exit", (code) => fail(`the thread that reads files ended with code ${code}`));
  return thread;
}

/** An error that happened in another thread, or in the module of its own that tasks are. */
async function errorOf({ name, message, problems }: Failure, who: string): Promise<Error> {
  if (name === "ValueError") return new ValueError(message.replace(/^\w+/, who));
  if (name !== "TableError" || !problems) return new Error(message);
  const { TableError } = await import("../table.js");
  return Object.assign(new TableError(who, "", problems), { message: message.replace(/^\w+/, who) });
}
