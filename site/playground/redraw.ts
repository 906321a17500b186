import { useData } from "vitepress";
import { onMounted, type WatchSource, watch } from "vue";

/** Has a component draw once it is mounted, after each change of the sources, and in the colours of a new scheme. */
export function useRedraw(draw: () => void, ...sources: readonly WatchSource<unknown>[]): void {
  onMounted(draw);
  watch(useData().isDark, () => requestAnimationFrame(draw));
  watch(sources as WatchSource<unknown>[], draw, { flush: "post" });
}
