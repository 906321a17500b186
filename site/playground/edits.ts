import { shallowRef } from "vue";

/** Recipes that one can come back to. */
const MOST = 50;

/** The recipes before the one that is shown. `show` shows one. */
export function useEdits<Recipe>(show: (recipe: Recipe) => void) {
  const past = shallowRef<readonly Recipe[]>([]);
  const remember = (recipe: Recipe): void => {
    past.value = [...past.value.slice(1 - MOST), recipe];
  };
  function undo(): void {
    const last = past.value.at(-1);
    if (!last) return;
    past.value = past.value.slice(0, -1);
    show(last);
  }
  return { past, remember, undo };
}
