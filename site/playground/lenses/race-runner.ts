import { computed, onUnmounted, type Ref, ref, watch } from "vue";
import type { Notice, Order, RaceLap } from "../messages.js";
import { lanesOf } from "./lanes.js";

/** Laps of each lane. */
export const ROUNDS = 5;

/**
 * A race in a worker of its own. `running` has the name of the race that runs, of which there is one at a
 * time: a second one would take the cores of the first.
 */
export function useRace(name: string, running: Ref<string | undefined>) {
  const laps = ref<readonly RaceLap[]>([]);
  const failure = ref("");
  const isRunning = computed(() => running.value === name);
  let worker: Worker | undefined;

  function start(order: Order): void {
    clear();
    running.value = name;
    worker = new Worker(new URL("../trainer.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => {
      if (data.kind === "ready") worker?.postMessage(order);
      else if (data.kind === "lap") laps.value = [...laps.value, data.lap];
      else if (data.kind === "raced") stop();
      else if (data.kind === "raceFailed") fail(data.message);
    });
    worker.addEventListener("error", ({ message }) => fail(message || "The race could not be loaded."));
  }

  function fail(message: string): void {
    failure.value = message;
    stop();
  }

  function stop(): void {
    worker?.terminate();
    worker = undefined;
    if (isRunning.value) running.value = undefined;
  }

  function clear(): void {
    stop();
    laps.value = [];
    failure.value = "";
  }

  // Another race has started.
  watch(running, (other) => {
    if (other !== name) stop();
  });
  onUnmounted(stop);

  const lanes = computed(() => lanesOf(laps.value));
  const label = computed(() => {
    if (isRunning.value) return "Stop";
    return laps.value.length > 0 ? `Race the ${name} again` : `Race the ${name}`;
  });
  return { lanes, failure, isRunning, label, start, stop, clear };
}
