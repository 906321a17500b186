import { useData } from "vitepress";
import { onMounted, type WatchSource, watch } from "vue";

/** Draws on mount, after changes of the sources, and after a change between light and dark. */
export function useRedraw(draw: () => void, ...sources: readonly WatchSource<unknown>[]): void {
  onMounted(draw);
  watch(useData().isDark, () => requestAnimationFrame(draw));
  watch(sources as WatchSource<unknown>[], draw, { flush: "post" });
}
