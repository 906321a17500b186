const start = ["test/threads/start.test.ts"];

/** Mutants of how threads start: where there are none, and what is said of that. */
export const threadsHosts = [
  {
    file: "src/threads/start.ts",
    tests: start,
    changes: {
      "auto that fails": ['if (threads === "auto") return undefined;', ""],
      "a compiled module under auto": ['(threads === "auto" && !bytes)', "false"],
      "auto where there are none": ["why ? 1 : parallelism()", "parallelism()"],
    },
  },
  {
    file: "src/threads/workers.ts",
    tests: start,
    changes: {
      "a page that is not isolated": [".crossOriginIsolated === false", ".crossOriginIsolated === null"],
      "any script": ['classOf(worker) === "URL"', "worker"],
      "a host without workers": ['if (!("Worker" in globalThis) &&', "if (false &&"],
    },
  },
  {
    file: "src/core/create-backend.ts",
    tests: start,
    changes: {
      "no threads": ["threads >= 1 && threads <= MOST_THREADS", "threads <= MOST_THREADS"],
      "any number of threads": ["threads >= 1 && threads <= MOST_THREADS", "threads >= 1"],
    },
  },
];
