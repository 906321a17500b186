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
      "the first numbers for ever": ["(isSlow || now > this.again)", "isSlow"],
      "cores that are gone not noticed": ["(isSlow || now > this.again)", "now > this.again"],
      "one late run of a trial counted": ["(sum - slowest) / (counted - 1)", "slowest"],
      "trials before the engine has optimized": ["if (!this.isWarm) {", "if (false) {"],
      "trials of several gauges at once": ["this.until = now + TURN;", "this.until = now;"],
      "a turn for ever": ["now < this.until) return false;", "true) return false;"],
      "what others have found not used": ["experience.best || counts.length - 1", "0"],
      "what was found not told": ["this.experience.best = this.best;", ""],
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
