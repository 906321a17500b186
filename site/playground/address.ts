import { computed, type Ref, shallowRef } from "vue";
import { encode } from "./link.js";
import type { NotationName } from "./notations/names.js";
import type { Recipe } from "./recipe.js";
import { type ControlName, type View, wholeView } from "./view.js";

/** What the address says beside the recipe. */
interface Said {
  readonly recipe: Ref<Recipe>;
  /** The hash that the link names. */
  readonly expected: Ref<string | undefined>;
  /** The hash of a run that has ended. */
  readonly ended: Ref<string | undefined>;
}

/** The address of the page: it has the recipe, the hash and the view. */
export function useAddress({ recipe, expected, ended }: Said) {
  const view = shallowRef(wholeView);
  const shows = (name: ControlName) => !view.value.hidden.includes(name);
  /** Of the equations. Choosing another one leaves the run alone. */
  const notation = computed(() => view.value.notation);

  function writeLink(hash = expected.value): void {
    history.replaceState(history.state, "", `#${encode(recipe.value, hash, view.value)}`);
  }

  function setNotation(name: NotationName): void {
    view.value = { ...view.value, notation: name };
    writeLink(expected.value ?? ended.value);
  }

  /** The address of this recipe, with the hash that its run ends with where that is known. */
  function link(shown: Partial<View> = {}): string {
    const hash = ended.value ?? expected.value;
    const seen = { ...wholeView, notation: notation.value, ...shown };
    return `${location.origin}${location.pathname}#${encode(recipe.value, hash, seen)}`;
  }

  return { view, shows, notation, setNotation, writeLink, link };
}
