import { parentPort, workerData } from "node:worker_threads";
import { AHEAD, type Answer, failureOf, MARK, type Request } from "./messages.js";
import { tasks } from "./tasks.js";

/**
 * The thread that reads files: started as a worker, it runs tasks, several at a time. Imported, it does
 * nothing of itself.
 */

export { failureOf } from "./messages.js";
export { tasks } from "./tasks.js";

/** A task that runs, and how many values it may make before more are asked for. */
interface Running {
  credit: number;
  stopped: boolean;
  wake(): void;
}

const running = new Map<number, Running>();

const send = (answer: Answer, transfer: readonly ArrayBuffer[] = []) =>
  parentPort?.postMessage(answer, transfer);

if (parentPort && workerData === MARK)
  parentPort.on("message", (request: Request) => {
    if ("start" in request) run(request);
    else {
      const task = running.get(request.id);
      if (!task) return;
      if ("more" in request) task.credit++;
      else task.stopped = true;
      task.wake();
    }
  });

async function run({ id, start, task }: Extract<Request, { start: unknown }>): Promise<void> {
  const state: Running = { credit: AHEAD, stopped: false, wake: () => {} };
  running.set(id, state);
  try {
    const values = tasks[start](task as never) as AsyncGenerator<object, void, void>;
    for await (const value of values) {
      while (state.credit === 0 && !state.stopped)
        await new Promise<void>((wake) => {
          state.wake = wake;
        });
      if (state.stopped) break;
      state.credit--;
      send({ id, value }, buffersOf(value));
    }
    send({ id, done: true });
  } catch (error) {
    send({ id, failed: failureOf(error) });
  } finally {
    running.delete(id);
  }
}

/** The memory of the typed arrays in a value, which goes over to the other thread. */
function buffersOf(value: object): ArrayBuffer[] {
  const views = Object.values(value).filter((each): each is Float32Array => ArrayBuffer.isView(each));
  return views.map(({ buffer }) => buffer as ArrayBuffer);
}
