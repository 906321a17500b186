/** What the browser keeps for the page. It may refuse to, as it does inside a page of another site. */
type Store = "localStorage" | "sessionStorage";

/** Null where there is nothing. */
export function stored(store: Store, key: string): string | null {
  try {
    return globalThis[store].getItem(key);
  } catch {
    return null;
  }
}

/** Null forgets it. */
export function store(store: Store, key: string, value: string | null): void {
  try {
    if (value === null) globalThis[store].removeItem(key);
    else globalThis[store].setItem(key, value);
  } catch {
    // Then it is not kept.
  }
}

const LEAVES = "lanewise-leaves-run";

/** Whether the page of this tab has a run that has begun and not ended, or had one when it was left. */
export const leavesRun = (): boolean => stored("sessionStorage", LEAVES) !== null;
export const setLeavesRun = (leaves: boolean): void => store("sessionStorage", LEAVES, leaves ? "1" : null);
