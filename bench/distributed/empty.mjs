/** Jobs that compute nothing, for what an engine itself takes. The threads load this module. */

const keyOf = (run, i) => `${run} ${i}`.padEnd(64, "-");

const stage = (spec, round) => ({
  state: round,
  jobs: Array.from({ length: spec.jobs }, (_, i) => ({
    key: keyOf(spec.run, round * spec.jobs + i),
    data: i,
  })),
});

export const programs = [
  {
    name: "empty",
    check: (spec) => spec,
    start: (spec) => stage(spec, 0),
    compute: async (_, { data }) => ({ value: data }),
    next: (spec, { state }) => (state + 1 < spec.rounds ? stage(spec, state + 1) : { result: null }),
  },
];
