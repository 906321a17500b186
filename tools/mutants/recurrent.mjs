const kernels = ["test/kernels/recurrent.test.ts"];
const layers = ["test/nn/recurrent.test.ts"];
const shared = ["test/nn/shared-layers.test.ts"];
const steppers = ["test/network/stepper.test.ts"];
const text = (name) => [`test/text/${name}.test.ts`];

/** Mutants of recurrent layers, steppers, and text. */
export const recurrents = [
  {
    file: "assembly/cells.ts",
    tests: kernels,
    changes: {
      "a forget gate left out": [
        "if (before) c = lane.add<T>(lane.mul<T>(f, lane.read<T>(before + size + j, part)), c);",
        "if (before) c = lane.add<T>(lane.read<T>(before + size + j, part), c);",
      ],
      "an update gate the other way round": [
        "lane.mul<T>(z, lane.sub<T>(last, n))",
        "lane.mul<T>(z, lane.sub<T>(n, last))",
      ],
      "a reset gate before the bias": ["lane.mul<T>(r, q)", "q"],
      "a carry that is not cleared": ["lane.write<T>(carry + j, lane.mul<T>(dh, z), part);", ""],
    },
  },
  {
    file: "assembly/recurrent.ts",
    tests: kernels,
    changes: {
      "padding that changes the state": [
        "if (last) copyRow(last, state, cell.states() * units);",
        "if (last) copyRow(x, state, cell.states() * units);",
      ],
      "a state before the first step that is not there": ["let before = initial;", "let before: usize = 0;"],
      "reverse that is not": ["const back: usize = reverse ? t + 1 : t - 1;", "const back: usize = t - 1;"],
      "padding that passes no gradient": ["addRow<T>(dy + at * stateBytes, own, cell.states() * units);", ""],
      "the first units for all": [
        "cell.forward<T>(x, sum, before, state, kept, size, j, 0, slope);",
        "cell.forward<T>(x, sum, before, state, kept, size, 0, 0);",
      ],
      "gradients of the first units for all": [
        "cell.backward<T>(dy, kept, state, before, carry, delta, dx, size, j, 0, slope);",
        "cell.backward<T>(dy, kept, state, before, carry, delta, dx, size, 0, 0);",
      ],
      "units behind the whole vectors as a whole one": [
        "const part = j < whole ? 0 : lane.rest<T>(units);",
        "const part = 0;",
      ],
    },
  },
  {
    file: "assembly/recurrent-gradient.ts",
    tests: kernels,
    changes: {
      "weights of the state from the wrong step": [
        "const back = reverse ? stateBytes",
        "const back = reverse ? 0",
      ],
      "a sum that begins anew": ["onto = dr;", "onto = 0;"],
    },
  },
  {
    file: "src/ops/recurrent.ts",
    tests: layers,
    changes: {
      "gradients of a shared layer that replace": ["          adds,", "          0,", { tests: shared }],
      "gradients of the third product that replace": ["adds ? to : 0,", "0,", { tests: shared }],
      "gradients of a shared bias that replace": [
        "if (adds) add(to, room,",
        "if (false) add(to, room,",
        { tests: shared },
      ],
      "the third product by the wrong gradient": ["sum(at[dq.id], at[dr.id] + 4 * cols, units, units)", "{}"],
      "a bias of the wrong product": [
        "sumRows(at[dq.id], room + 8 * units, rows * time, units, 0, units);",
        "",
      ],
    },
  },
  {
    file: "src/layers/recurrent.ts",
    tests: layers,
    changes: {
      "the first state for the last": ["return this.config.reverse ? 0 : -1;", "return 0;"],
      "padding that is not cleared": ["x.mask ? clearSteps(graph, h, x.mask) : h", "h"],
      "no bias of the product of the state": [
        'if (rb && cell !== "gru") product = addRow(graph, product, rb);',
        "",
      ],
      "a forget gate that begins closed": ["host.floats(at + 4 * units, units).fill(1);", ""],
    },
  },
  {
    file: "src/layers/bidirectional.ts",
    tests: layers,
    changes: {
      "both in one direction": ["const b = run(back,", "const b = run(ahead,"],
    },
  },
  {
    file: "src/layers/orthogonal.ts",
    tests: layers,
    changes: { "vectors that stay slanted": ["vector[j] -= along * other[j]", "vector[j] -= 0"] },
  },
  {
    file: "src/network/stepper.ts",
    tests: steppers,
    changes: {
      "states that are forgotten": ["if (after)", "if (!after)"],
      "a position that stays": ["position[0] = this.steps;", ""],
      "a reset that forgets nothing": ["this.rows * size).fill(0);", "0);"],
      "steps behind the last": ["isLimited && this.steps >= time", "isLimited && this.steps > time"],
    },
  },
  {
    file: "src/text/sampler.ts",
    tests: text("generation"),
    changes: {
      "a temperature the other way round": [") / this.temperature", ") * this.temperature"],
      "topP of all": ["kept < this.topP * total", "kept < total"],
      "topK of all": ["order.slice(0, this.topK)", "order"],
    },
  },
  {
    file: "src/text/byte-pairs.ts",
    tests: text("vocabulary"),
    changes: {
      "the largest of equal pairs": ["key < best)) [best", "key > best)) [best"],
      "merges in any order": ["best = Math.min(best, this.ranks", "best = Math.max(-1, this.ranks"],
    },
  },
  {
    file: "src/text/tokenizer.ts",
    tests: [...text("generation"), ...text("hugging-face")],
    changes: {
      "a piece without the text before it": [
        "decode([...tokens]).slice(before.length)",
        "decode(tokens.slice(read))",
      ],
      "half a character given": ['piece.endsWith("\\uFFFD")', "false"],
      "tokens of another library as they come": [
        '"ids" in encoded ? encoded.ids : encoded',
        "encoded as number[]",
      ],
    },
  },
  {
    file: "src/text/windows.ts",
    tests: text("windows"),
    changes: {
      "a scale that looks ahead": ["spreadOf(values, columns, border)", "spreadOf(values, columns, steps)"],
      "training windows that reach into the test": ["set(0, border - past - ahead)", "set(0, border - past)"],
    },
  },
];
