import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A turn of the event loop, in which an engine may say what it has collected. */
export const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Collects garbage until everything that is unreachable has been reported. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    collect();
    await turn();
  }
}
