import { withBase } from "vitepress";
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
import { useEdits } from "../edits.js";
import { LossHistory } from "../history.js";
import { HASH_DIGITS } from "../pairs.js";
import type { RunState, Status } from "../run-state.js";
import { leavesRun, setLeavesRun, store, stored } from "../stored.js";
import { type ControlName, type View, wholeView } from "../view.js";
import { corpora, markOf, ownText } from "./corpora.js";
import { textOf } from "./corpus-files.js";
import { decodeTextLink, encodeTextLink } from "./link.js";
import type { TextSnapshot, TextStart, Written } from "./messages.js";
import { defaultTextRecipe, rateAt, type TextRecipe } from "./recipe.js";
import { type TextListener, type TextSpeedName, TextTrainer, textSpeeds } from "./run.js";

/** Where the browser keeps the reader's own text, which a link may not hold. */
const OWN = "lanewise-own-text";

/** The state of the page: a recipe, the run of it, and what one looks at. */
export function createTextState() {
  const recipe = shallowRef<TextRecipe>(defaultTextRecipe);
  const status = ref<Status>("loading");
  const speed = ref<TextSpeedName>("most");
  const variant = ref("");
  const start = shallowRef<TextStart>();
  const snapshot = shallowRef<TextSnapshot>();
  const losses = shallowRef(new LossHistory());
  const rest = shallowRef<{ hash: string | undefined; done: boolean; seconds: number }>();
  const resumedAt = ref<number>();
  const expected = ref<string>();
  const problems = ref<readonly string[]>([]);
  const failure = ref("");
  const view = shallowRef<View>(wholeView);
  /** The whole text, once it is there. */
  const text = shallowRef<string>();
  /** What it wrote last, and behind what. */
  const written = shallowRef<Written>();
  const prompt = ref<string>(corpora.sonnets.begins);
  const temperature = ref(0.7);
  const draw = ref(1);
  const passage = ref(0);
  /** The character of the passage that one points at. */
  const place = ref(24);
  let trainer: TextTrainer | undefined;
  /** The number of the last restart: one before it that waited for its text is over. */
  let restarts = 0;

  const started = computed(() => (snapshot.value?.epoch ?? 0) > 0 || (snapshot.value?.batch ?? 0) > 0);
  const isUnderWay = computed(() => started.value && status.value !== "done" && status.value !== "failed");
  const ended = computed(() => (rest.value?.done ? rest.value.hash : undefined));
  const agrees = computed(() =>
    ended.value === undefined || expected.value === undefined
      ? undefined
      : ended.value.slice(0, HASH_DIGITS) === expected.value,
  );
  const rate = computed(() => rateAt(recipe.value, snapshot.value ?? { epoch: 0, batch: 0 }));
  const look = computed(() => ({
    passage: passage.value,
    writing: { prompt: prompt.value, temperature: temperature.value, seed: draw.value },
  }));
  watch(look, (at) => trainer?.look(at));

  const shows = (name: ControlName) => !view.value.hidden.includes(name);
  const writeLink = (hash = expected.value) =>
    history.replaceState(history.state, "", `#${encodeTextLink(recipe.value, hash, view.value)}`);
  const link = (shown: Partial<View> = {}) =>
    `${location.origin}${location.pathname}#${encodeTextLink(recipe.value, ended.value ?? expected.value, { ...wholeView, ...shown })}`;

  /** A text that a link does not hold may be the one that this browser keeps. */
  function findOwnText(): void {
    const { data } = recipe.value;
    if (data.name !== "own" || data.text !== undefined) return;
    const kept = stored("localStorage", OWN);
    if (kept?.length === data.length && markOf(kept) === data.mark)
      recipe.value = { ...recipe.value, data: { ...data, text: kept } };
  }

  /** Starts again from the beginning, paused or running. */
  async function restart(plays = status.value === "running"): Promise<void> {
    const number = ++restarts;
    snapshot.value = undefined;
    losses.value = new LossHistory();
    rest.value = undefined;
    resumedAt.value = undefined;
    failure.value = "";
    if (!trainer) return;
    findOwnText();
    const { data } = recipe.value;
    try {
      const found = await textOf(data);
      if (number !== restarts) return;
      text.value = found;
      if (found === undefined && data.name === "own")
        throw new Error(
          `This run learns a text of ${data.length.toLocaleString("en")} characters that the link does not hold. Paste it under Data.`,
        );
      status.value = plays ? "running" : "ready";
      trainer.start(recipe.value, found ?? "", look.value, speed.value, !plays);
    } catch (reason) {
      if (number === restarts) fail(reason);
    }
  }

  function show(next: TextRecipe): void {
    recipe.value = next;
    problems.value = [];
    expected.value = undefined;
    writeLink();
    void restart();
  }
  const { past, remember, undo } = useEdits<TextRecipe>(show);

  /** Changes the recipe and restarts, since the run would be a different one. */
  function edit(part: Partial<TextRecipe>): void {
    remember(recipe.value);
    if (part.data) {
      const { data } = part;
      prompt.value = data.name === "own" ? (data.text ?? "").slice(0, 8) : corpora[data.name].begins;
      passage.value = 0;
    }
    show({ ...recipe.value, changes: [], ...part });
  }

  /** @throws Refusal for a text that cannot be learned */
  function learnOwn(given: string): void {
    const data = ownText(given);
    const asked = recipe.value.data;
    store("localStorage", OWN, data.text ?? "");
    // It may be the one that a link asked for: then the link's run is repeated.
    if (asked.name === "own" && asked.mark === data.mark && asked.length === data.length) {
      recipe.value = { ...recipe.value, data };
      void restart(false);
    } else edit({ data });
  }

  function changeRate(value: number): void {
    if (!isUnderWay.value) edit({ rate: value });
    else trainer?.changeRate(value);
  }

  function play(): void {
    if (status.value === "done" || status.value === "failed") void restart(true);
    else if (status.value === "ready" || status.value === "paused") {
      status.value = "running";
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

  function setSpeed(name: TextSpeedName): void {
    speed.value = name;
    if (status.value === "running") trainer?.go(name);
  }

  const save = () => trainer?.save();

  function readLink(): void {
    const read = decodeTextLink(location.hash);
    recipe.value = read.recipe;
    expected.value = read.expected;
    problems.value = read.problems;
    view.value = read.view;
    findOwnText();
    const { data } = recipe.value;
    prompt.value = data.name === "own" ? (data.text ?? "").slice(0, 8) : corpora[data.name].begins;
    void restart(read.starts && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  function fail(reason: unknown): void {
    failure.value = reason instanceof Error ? reason.message : String(reason);
    status.value = "failed";
  }

  const listener: TextListener = {
    onReady(name) {
      variant.value = name;
      readLink();
    },
    onStarted(made) {
      start.value = made;
    },
    onResumed(epoch) {
      resumedAt.value = epoch;
      if (status.value === "ready") status.value = "paused";
    },
    onSnapshot(next) {
      losses.value.add(next);
      triggerRef(losses);
      snapshot.value = next;
      if (next.written) written.value = next.written;
    },
    onChanged(made) {
      remember(recipe.value);
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
    onFailed: fail,
  };

  onMounted(() => {
    // What is not shown is not shown before the run is there, either.
    view.value = decodeTextLink(location.hash).view;
    trainer = new TextTrainer(listener, new URL(withBase("/live/"), location.href).href, leavesRun());
    watch(isUnderWay, setLeavesRun);
    addEventListener("hashchange", readLink);
  });
  onUnmounted(() => {
    removeEventListener("hashchange", readLink);
    trainer?.close();
  });

  return {
    ...{ recipe, status, speed, variant, start, snapshot, losses, rest, resumedAt, expected, agrees },
    ...{
      problems,
      failure,
      view,
      text,
      written,
      prompt,
      temperature,
      draw,
      passage,
      place,
      rate,
      past,
      started,
      ended,
    },
    // Snapshots are as few as readings.
    reading: snapshot,
    speeds: textSpeeds,
    passing: "Characters",
    measure: "bits a character",
    ...{ shows, link, restart, edit, learnOwn, changeRate, undo, play, pause, step, setSpeed, save },
  } satisfies RunState & Record<string, unknown>;
}

export type TextState = ReturnType<typeof createTextState>;
export const textKey: InjectionKey<TextState> = Symbol("text");

/** The state of the page that a component is part of. */
export function useText(): TextState {
  const state = inject(textKey);
  if (!state) throw new Error("useText: the component is not inside a TextPage");
  return state;
}
