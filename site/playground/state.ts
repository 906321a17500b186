import type { GradientCheck } from "lanewise";
import {
  computed,
  type InjectionKey,
  inject,
  onMounted,
  onUnmounted,
  ref,
  shallowRef,
  triggerRef,
  watch,
} from "vue";
import { useAddress } from "./address.js";
import { type SceneName, sceneOf } from "./data/index.js";
import { useEdits } from "./edits.js";
import { LossHistory } from "./history.js";
import { decode, HASH_DIGITS } from "./link.js";
import type { Look, Snapshot } from "./messages.js";
import {
  type Change,
  defaultRecipe,
  lossesOf,
  type Recipe,
  type Settings,
  settingsAt,
  type WithoutPlace,
} from "./recipe.js";
import { type RunListener, type SpeedName, speeds, Trainer } from "./run.js";
import type { Status } from "./run-state.js";
import { leavesRun, setLeavesRun } from "./stored.js";

/** Milliseconds between two readings at the highest speed. */
const READING = 200;

/** The playground's state: a recipe, and the run of it. */
export function createPlayground(scene: SceneName) {
  const recipe = shallowRef<Recipe>(defaultRecipe(scene));
  const status = ref<Status>("loading");
  const speed = ref<SpeedName>("epoch");
  const variant = ref("");
  const snapshot = shallowRef<Snapshot>();
  /**
   * A snapshot for figures and lines, which take longer to draw than maps: five a second at the highest
   * speed, where nobody reads more. Otherwise the snapshot itself.
   */
  const reading = shallowRef<Snapshot>();
  let readAt = 0;
  /** Of all snapshots. Watchers are told with each reading. */
  const losses = shallowRef(new LossHistory());
  const rest = shallowRef<{ hash: string | undefined; done: boolean; seconds: number }>();
  /** The epoch from which the run went on after the page was loaded again. */
  const resumedAt = ref<number>();
  const expected = ref<string>();
  const problems = ref<readonly string[]>([]);
  const failure = ref("");
  /** The chosen unit: its layer, where 0 is the first hidden one, and its index. */
  const unit = shallowRef<{ readonly layer: number; readonly index: number }>();
  /** Settings that were requested, and wait for the end of an epoch. */
  const pending = shallowRef<Partial<Settings>>({});
  /** What the run trains with, or will from the next epoch on. */
  const settings = computed(() => ({
    ...settingsAt(recipe.value, snapshot.value ?? { epoch: 0, batch: 0 }),
    ...pending.value,
  }));
  const checks = shallowRef<readonly GradientCheck[]>();
  let trainer: Trainer | undefined;

  const started = computed(() => (snapshot.value?.epoch ?? 0) > 0 || (snapshot.value?.batch ?? 0) > 0);
  const isUnderWay = computed(() => started.value && status.value !== "done" && status.value !== "failed");
  /** The hash of a run that has ended. */
  const ended = computed(() => (rest.value?.done ? rest.value.hash : undefined));
  const { writeLink, ...address } = useAddress({ recipe, expected, ended });
  const { view } = address;
  /** Whether the run ended with the bits of the link. Undefined without a hash, or while it runs. */
  const agrees = computed(() => {
    if (ended.value === undefined || expected.value === undefined) return undefined;
    return ended.value.slice(0, HASH_DIGITS) === expected.value;
  });

  /** Starts again from the beginning, paused or running. */
  function restart(plays = status.value === "running"): void {
    snapshot.value = undefined;
    reading.value = undefined;
    losses.value = new LossHistory();
    rest.value = undefined;
    resumedAt.value = undefined;
    failure.value = "";
    pending.value = {};
    if (!trainer) return;
    status.value = plays ? "running" : "ready";
    trainer.start(recipe.value, speed.value, !plays);
  }

  function show(next: Recipe): void {
    recipe.value = next;
    problems.value = [];
    expected.value = undefined;
    unit.value = undefined;
    writeLink();
    restart();
  }

  const { past, remember, undo } = useEdits<Recipe>(show);

  /** Changes the recipe and restarts, since the run would be a different one. */
  function edit(part: Partial<Recipe>): void {
    remember(recipe.value);
    const next = { ...recipe.value, changes: [], ...part };
    show(lossesOf(next).includes(next.loss) ? next : { ...next, loss: lossesOf(next)[0] });
  }

  /** Changes the current run. The recipe records the change and its time. */
  function change(what: WithoutPlace<Change>): void {
    if (what.kind !== "weight" && !isUnderWay.value) edit({ [what.kind]: what.value });
    else if (status.value !== "failed") {
      if (what.kind !== "weight") pending.value = { ...pending.value, [what.kind]: what.value };
      trainer?.change(what);
    }
  }

  function play(): void {
    if (status.value === "done" || status.value === "failed") restart(true);
    else if (status.value === "ready" || status.value === "paused") {
      status.value = "running";
      // The hash of the last pause is not that of the next.
      rest.value = undefined;
      trainer?.go(speed.value);
    }
  }

  function pause(): void {
    if (status.value !== "running") return;
    status.value = "paused";
    trainer?.pause();
  }

  function step(): void {
    if (status.value === "running") pause();
    if (status.value === "ready") status.value = "paused";
    if (status.value === "paused") trainer?.step();
  }

  function setSpeed(name: SpeedName): void {
    speed.value = name;
    if (status.value === "running") trainer?.go(name);
  }

  let looks: Look = { samples: false, equations: false, ridges: false };
  /** Chooses what snapshots hold. */
  function look(part: Partial<Look>): void {
    looks = { ...looks, ...part };
    trainer?.look(looks);
  }
  const check = () => trainer?.check();
  const save = () => trainer?.save();

  function readLink(): void {
    const read = decode(location.hash, scene);
    const isHere = read.recipe.scene === scene;
    recipe.value = isHere ? read.recipe : defaultRecipe(scene);
    expected.value = isHere ? read.expected : undefined;
    problems.value = isHere
      ? read.problems
      : [`This link is for the scene "${sceneOf(read.recipe.scene).title}".`];
    view.value = read.view;
    unit.value = undefined;
    restart(read.starts && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  function read(): void {
    readAt = performance.now();
    reading.value = snapshot.value;
    triggerRef(losses);
  }

  function fail(reason: unknown): void {
    read();
    failure.value = reason instanceof Error ? reason.message : String(reason);
    status.value = "failed";
  }

  onMounted(() => {
    // What is not shown is not shown before the run is there, either.
    view.value = decode(location.hash, scene).view;
    const listener: RunListener = {
      onReady(name) {
        variant.value = name;
        const loaded = sceneOf(scene).load?.() ?? Promise.resolve();
        loaded.then(readLink, fail);
      },
      onResumed(epoch) {
        resumedAt.value = epoch;
      },
      onSnapshot(next) {
        losses.value.add(next);
        snapshot.value = next;
        const isFast = status.value === "running" && speed.value === "most";
        if (!isFast || performance.now() - readAt >= READING) read();
        checks.value = undefined;
      },
      onChanged(made) {
        const { [made.kind as keyof Settings]: _, ...others } = pending.value;
        pending.value = others;
        remember(recipe.value);
        expected.value = undefined;
        recipe.value = { ...recipe.value, changes: [...recipe.value.changes, made] };
        writeLink();
      },
      onRest({ hash, done, seconds }) {
        rest.value = { hash, done, seconds };
        read();
        if (!done) return;
        status.value = "done";
        // A link with a different hash keeps it: its sender got different bits.
        if (expected.value === undefined && hash !== undefined) writeLink(hash);
      },
      onChecked(made) {
        checks.value = made;
      },
      onFailed: fail,
    };
    trainer = new Trainer(listener, true, leavesRun());
    watch(isUnderWay, setLeavesRun);
    addEventListener("hashchange", readLink);
  });
  onUnmounted(() => {
    removeEventListener("hashchange", readLink);
    trainer?.close();
  });

  return {
    scene,
    recipe,
    status,
    speed,
    speeds,
    passing: "Samples",
    measure: "loss",
    variant,
    snapshot,
    reading,
    losses,
    ...address,
    rest,
    resumedAt,
    expected,
    agrees,
    problems,
    failure,
    past,
    unit,
    settings,
    pending,
    started,
    edit,
    change,
    undo,
    restart,
    play,
    pause,
    step,
    setSpeed,
    look,
    check,
    checks,
    save,
  };
}

export type PlaygroundState = ReturnType<typeof createPlayground>;

export const playgroundKey: InjectionKey<PlaygroundState> = Symbol("playground");

/** The state of the playground that a component is part of. */
export function usePlayground(): PlaygroundState {
  const state = inject(playgroundKey);
  if (!state) throw new Error("usePlayground: the component is not inside a Playground");
  return state;
}
