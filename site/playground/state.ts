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
} from "vue";
import { type SceneName, sceneOf } from "./data/index.js";
import { LossHistory } from "./history.js";
import type { WithoutPlace } from "./learner.js";
import { decode, encode, HASH_DIGITS } from "./link.js";
import type { Look, Snapshot } from "./messages.js";
import { type NotationName, notationNames } from "./notations/names.js";
import { type Change, defaultRecipe, lossesOf, type Recipe } from "./recipe.js";
import { type SpeedName, Trainer } from "./run.js";

export type Status = "loading" | "ready" | "running" | "paused" | "done" | "failed";

/** The playground's state: a recipe, and the run of it. */
export function createPlayground(scene: SceneName) {
  const recipe = shallowRef<Recipe>(defaultRecipe(scene));
  const status = ref<Status>("loading");
  const speed = ref<SpeedName>("epoch");
  const variant = ref("");
  const snapshot = shallowRef<Snapshot>();
  const losses = shallowRef(new LossHistory());
  const rest = shallowRef<{ hash: string | undefined; done: boolean; seconds: number }>();
  const expected = ref<string>();
  const problems = ref<readonly string[]>([]);
  const failure = ref("");
  const past = shallowRef<readonly Recipe[]>([]);
  /** The chosen unit: its layer, where 0 is the first hidden one, and its index. */
  const unit = shallowRef<{ readonly layer: number; readonly index: number }>();
  const rate = ref(recipe.value.rate);
  /** Of the equations. Choosing another one leaves the run alone. */
  const notation = ref<NotationName>(notationNames[0]);
  const checks = shallowRef<readonly GradientCheck[]>();
  let trainer: Trainer | undefined;

  const started = computed(() => (snapshot.value?.epoch ?? 0) > 0 || (snapshot.value?.batch ?? 0) > 0);
  /** The hash of a run that has ended. */
  const ended = computed(() => (rest.value?.done ? rest.value.hash : undefined));
  /** Whether the run ended with the bits of the link. Undefined without a hash, or while it runs. */
  const agrees = computed(() => {
    if (ended.value === undefined || expected.value === undefined) return undefined;
    return ended.value.slice(0, HASH_DIGITS) === expected.value;
  });

  /** Starts again from the beginning, paused or running. */
  function restart(plays = status.value === "running"): void {
    snapshot.value = undefined;
    losses.value = new LossHistory();
    rest.value = undefined;
    failure.value = "";
    rate.value = recipe.value.rate;
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

  /** Changes the recipe and restarts, since the run would be a different one. */
  function edit(part: Partial<Recipe>): void {
    remember();
    const next = { ...recipe.value, changes: [], ...part };
    show(lossesOf(next).includes(next.loss) ? next : { ...next, loss: lossesOf(next)[0] });
  }

  function remember(): void {
    past.value = [...past.value.slice(-49), recipe.value];
  }

  function undo(): void {
    const last = past.value.at(-1);
    if (!last) return;
    past.value = past.value.slice(0, -1);
    show(last);
  }

  /** Changes the current run. The recipe records the change and its time. */
  function change(what: WithoutPlace<Change>): void {
    const isUnderWay = started.value && status.value !== "done" && status.value !== "failed";
    if (what.kind === "rate" && !isUnderWay) edit({ rate: what.value });
    else if (status.value !== "failed") trainer?.change(what);
  }

  function play(): void {
    if (status.value === "done" || status.value === "failed") restart(true);
    else if (status.value === "ready" || status.value === "paused") {
      status.value = "running";
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

  function writeLink(hash = expected.value): void {
    history.replaceState(history.state, "", `#${encode(recipe.value, hash, notation.value)}`);
  }

  function setNotation(name: NotationName): void {
    notation.value = name;
    writeLink(expected.value ?? ended.value);
  }

  /** The address of this recipe, with the hash that its run ends with where that is known. */
  function link(): string {
    const hash = ended.value ?? expected.value;
    return `${location.origin}${location.pathname}#${encode(recipe.value, hash, notation.value)}`;
  }

  function readLink(): void {
    const read = decode(location.hash, scene);
    recipe.value = read.recipe.scene === scene ? read.recipe : defaultRecipe(scene);
    expected.value = read.recipe.scene === scene ? read.expected : undefined;
    problems.value =
      read.recipe.scene === scene
        ? read.problems
        : [`This link is for the scene "${sceneOf(read.recipe.scene).title}".`];
    notation.value = read.notation;
    unit.value = undefined;
    restart(read.starts && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  function fail(reason: unknown): void {
    failure.value = reason instanceof Error ? reason.message : String(reason);
    status.value = "failed";
  }

  onMounted(() => {
    trainer = new Trainer({
      onReady(name) {
        variant.value = name;
        const loaded = sceneOf(scene).load?.() ?? Promise.resolve();
        loaded.then(readLink, fail);
      },
      onSnapshot(next) {
        losses.value.add(next);
        triggerRef(losses);
        snapshot.value = next;
        checks.value = undefined;
      },
      onChanged(made) {
        if (made.kind === "rate") rate.value = made.value;
        remember();
        expected.value = undefined;
        recipe.value = { ...recipe.value, changes: [...recipe.value.changes, made] };
        writeLink();
      },
      onRest({ hash, done, seconds }) {
        rest.value = { hash, done, seconds };
        if (!done) return;
        status.value = "done";
        // A link with a different hash keeps it: its sender got different bits.
        if (expected.value === undefined && hash !== undefined) writeLink(hash);
      },
      onChecked(made) {
        checks.value = made;
      },
      onFailed: fail,
    });
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
    variant,
    snapshot,
    losses,
    rest,
    expected,
    agrees,
    problems,
    failure,
    past,
    unit,
    rate,
    notation,
    setNotation,
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
    link,
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
