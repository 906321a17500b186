import { resumed } from "./resumed.js";
import { serveRuns } from "./serve.js";

/** The trainer of a page that was left during a run. What reads checkpoints is a sixth of its size. */
await serveRuns(resumed);
