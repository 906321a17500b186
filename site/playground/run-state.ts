import { type InjectionKey, inject, type Ref } from "vue";
import type { LossHistory } from "./history.js";
import type { ControlName, View } from "./view.js";

export type Status = "loading" | "ready" | "running" | "paused" | "done" | "failed";

/** What the transport, the chart, the hash and the dialogs need to know of a run, whatever it trains. */
export interface RunState {
  readonly recipe: Ref<{ readonly epochs: number; readonly test: number }>;
  readonly status: Ref<Status>;
  readonly speed: Ref<string>;
  /** The speeds by their names. */
  readonly speeds: Readonly<Record<string, { readonly title: string }>>;
  /** What runs through the network: "Samples" or "Characters". */
  readonly passing: string;
  /** What the losses are. */
  readonly measure: string;
  /** Of each frame. */
  readonly snapshot: Ref<{ readonly epoch: number } | undefined>;
  /** What people can read: at most a few times a second. */
  readonly reading: Ref<
    | {
        readonly epoch: number;
        readonly samplesPerSecond: number | undefined;
        readonly testLoss: number | undefined;
      }
    | undefined
  >;
  readonly losses: Ref<LossHistory>;
  readonly rest: Ref<
    { readonly hash: string | undefined; readonly done: boolean; readonly seconds: number } | undefined
  >;
  readonly resumedAt: Ref<number | undefined>;
  readonly variant: Ref<string>;
  readonly expected: Ref<string | undefined>;
  /** Whether the run ended with the bits of the link. */
  readonly agrees: Ref<boolean | undefined>;
  readonly failure: Ref<string>;
  /** Recipes that one can come back to. */
  readonly past: Ref<readonly unknown[]>;
  shows(name: ControlName): boolean;
  link(shown?: Partial<View>): string;
  undo(): void;
  play(): void;
  pause(): void;
  step(): void;
  restart(): void;
  setSpeed(name: string): void;
}

export const runKey: InjectionKey<RunState> = Symbol("run");

/** The run that a component is part of. */
export function useRun(): RunState {
  const state = inject(runKey);
  if (!state) throw new Error("useRun: the component is not inside a page of the playground");
  return state;
}
