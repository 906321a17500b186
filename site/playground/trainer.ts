import { serveRuns } from "./serve.js";

await serveRuns();
