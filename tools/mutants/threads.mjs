const queue = ["test/threads/queue.test.ts"];
const gauge = ["test/threads/gauge.test.ts"];

/** The queue of calls, and the number of threads that work on it. */
export const threads = [
  {
    file: "assembly/threads/queue.ts",
    tests: queue,
    changes: {
      "half done blocks left as they are": ["if (size) copyBlock(record, room, begin, size, true);", ""],
      "an update finished after its half done block": [
        "const begin = <i32>progress;",
        "const begin = <i32>progress + <i32>(progress >> 32);",
      ],
      "any call finished after a death": ["if (!load<i32>(record + UPDATED)) return false;", ""],
      "copies of other arguments": ["copy += COPY;", ""],
    },
  },
  {
    file: "src/threads/gauge.ts",
    tests: gauge,
    changes: {
      "more threads although they are slower": [
        "if (times[i] < GAIN * times[this.best]) this.best = i;",
        "if (times[i] < 9 * times[this.best]) this.best = i;",
      ],
      "the first numbers for ever": ["|| this.now() > this.again) this.try(0);", ") this.try(0);"],
      "cores that are gone not noticed": ["(best > 0 && times[best] > STALL * times[0]) || ", ""],
      "one late run of a trial counted": ["(this.sum - this.slowest) / (this.counted - 1)", "this.slowest"],
    },
  },
  {
    file: "src/threads/shared-memory.ts",
    tests: ["test/threads/threads.test.ts"],
    changes: {
      "a shared memory without a maximum": ["bytes.set(MAXIMUM, end);", ""],
    },
  },
];
