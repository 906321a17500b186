/** Mutants of src/graph/ and src/ops/. */
const graph = (name) => `test/graph/${name}.test.ts`;
const nn = (name) => `test/nn/${name}.test.ts`;
const operations = ["test/ops/operations.test.ts"];

export const graphs = [
  {
    file: "src/graph/place.ts",
    tests: [graph("place")],
    changes: {
      "a region over one that ends in its first step": ["region.to < from ||", "region.to <= from ||"],
      "a region over one that begins in its last step": ["region.from > to)", "region.from >= to)"],
      "the floor of the last step not looked at": ["step <= to; step++)", "step < to; step++)"],
      "the floor of the last step not kept": [
        "floor.fill(bytes, from, to + 1)",
        "floor.fill(bytes, from, to)",
      ],
      "a gap that is just wide enough left": [
        "if (offsets[other] >= offset + bytes) break;",
        "if (offsets[other] > offset + bytes) break;",
      ],
      "a gap that is too narrow taken": [
        "if (offsets[other] >= offset + bytes) break;",
        "if (offsets[other] >= offset) break;",
      ],
      "back to the end of a lower region": [
        "offset = Math.max(offset, offsets[other] + region.bytes);",
        "offset = offsets[other] + region.bytes;",
      ],
      "the smallest first": [
        "regions[b].bytes - regions[a].bytes || a - b",
        "regions[a].bytes - regions[b].bytes || a - b",
      ],
      "the bytes of the last region": ["total = Math.max(total, offset + bytes);", "total = offset + bytes;"],
      "placed regions not in the order of their offsets": [
        "placed.splice(firstAfter(placed, offsets, offset), 0, i);",
        "placed.push(i);",
      ],
    },
  },
  {
    file: "src/graph/liveness.ts",
    tests: [graph("liveness")],
    changes: {
      "the first use for the last": ["lastUse[id] = step;", "if (lastUse[id] < 0) lastUse[id] = step;"],
      "a kept value that is written over": ["for (const { id } of keep) lastUse[id] = nodes.length;", ""],
      "a value that nothing reads ends before its step": [
        "to: Math.max(step, lastUse[value.id])",
        "to: lastUse[value.id]",
      ],
      "a home that ends where it is written over": [
        "homes[over].to = Math.max(step, lastUse[output.id]);",
        "homes[over].to = step;",
      ],
      "a result over an input that is read later": [
        "lastUse[input.id] !== step) continue;",
        "lastUse[input.id] < step) continue;",
      ],
      "a result over samples": [
        '!input || values[input.id].kind !== "activation" || lastUse',
        "!input || lastUse",
      ],
      "a result over a smaller input": [
        "input.size !== output.size || input.batched !== output.batched",
        "input.batched !== output.batched",
      ],
      "a result with one value a sample over one that has a single value": [
        "input.size !== output.size || input.batched !== output.batched",
        "input.size !== output.size",
      ],
      "a result over an operand that it may not overlap": [
        "if (inputs.some(({ id }, other) => id === input.id && !op.inPlace?.includes(other))) continue;",
        "",
      ],
      "every output over the input": [
        "const over = i === 0 ? overwritable(node, step) : -1;",
        "const over = overwritable(node, step);",
      ],
      "never in place": ["return homeOf[input.id];", "return -1;"],
      "memory before the first step for what a step writes": [
        "for (const id of withRoom) if (!computed.has(id)) settle(values[id], 0);",
        "for (const id of withRoom) settle(values[id], 0);",
        { tests: [graph("plan")] },
      ],
      "no memory for the gradients of outputs": [
        'values[output.id].kind !== "activation" && !withRoom.has(output.id)',
        'values[output.id].kind !== "activation"',
        { tests: [graph("differentiate")] },
      ],
      "aliases as steps": ["if (op.alias || !outputs.some(", "if (!outputs.some(", { tests: operations }],
      "gradients of parameters left out": [' || kind === "gradient")) continue;', ")) continue;"],
      "what is needed only by what is needed": ["    for (const { id } of inputs) needed[id] = 1;", ""],
      "what is needed only by updates": [
        "for (const { inputs } of updates) for (const { id } of inputs) needed[id] = 1;",
        "",
        { tests: [graph("plan")] },
      ],
      "the last step first": ["return [...live.reverse(), ...updates];", "return [...live, ...updates];"],
      "no updates": ["...live.reverse(), ...updates]", "...live.reverse()]", { tests: [graph("plan")] }],
    },
  },
  {
    file: "src/graph/differentiate.ts",
    tests: [graph("differentiate")],
    changes: {
      "the order of tracing": [
        "for (let i = forward.length - 1; i >= 0; i--) reverse.visit(forward[i]);",
        "for (let i = 0; i < forward.length; i++) reverse.visit(forward[i]);",
      ],
      "no labels": ["this.graph.label = node.label;", ""],
      "gradients of all values": ["if (inputs.some(({ id }) => needed[id])) for", "for"],
      "no 0 for what nothing contributed to": [
        "if (!this.gradients.has(value)) this.into",
        "if (false) this.into",
      ],
      "a gradient of another size": ["gradient.size !== value.size ||", ""],
      "the last contribution alone": [
        "before ? this.sums.add(this.graph, before, gradient) : gradient",
        "gradient",
      ],
      "the gradient of a parameter in an activation": [
        "if (this.parameters.has(value)) this",
        "if (false) this",
      ],
      "operations that cannot add write gradients of parameters": ["op.accumulates === true &&", ""],
      "parameters of which some have a gradient already written at once": [
        "(known === 0 || known === parameters.length) &&",
        "",
      ],
      "a parameter that stands twice in one operation written twice": [
        "new Set(parameters).size === parameters.length;",
        "true;",
      ],
      "later contributions replace": ["direct && known > 0 ? 1 : 0", "0"],
      "first contributions add": ["direct && known > 0 ? 1 : 0", "direct && parameters.length > 0 ? 1 : 0"],
      "results that are added to what was there": [
        "direct && known > 0 ? 1 : 0",
        "known > 0 || parameters.length === 0 ? 1 : 0",
        { tests: operations },
      ],
      "outputs that are there passed again": ['if (output.kind === "activation") this.pass', "this.pass"],
    },
  },
  {
    file: "src/graph/graph.ts",
    tests: [graph("differentiate"), ...operations],
    changes: {
      "an output kept twice": ["if (there !== NONE) return there;", ""],
      "one value for all samples": [
        "batched = inputs.some((input) => input.batched), label",
        "batched = inputs.every((input) => input.batched), label",
      ],
      "a shape of another size": ["if (sizeOf(shape) === input.size) return", "return"],
    },
  },
  {
    file: "src/graph/value.ts",
    tests: operations,
    changes: {
      "one value for all samples counted for each": [
        "return batched ? { each: count, fixed: 0 } : { each: 0, fixed: count };",
        "return { each: count, fixed: 0 };",
      ],
    },
  },
  {
    file: "src/graph/arena.ts",
    tests: [graph("plan")],
    changes: {
      "a block that is too small": [
        "if (this.address && bytes <= this.bytes) return;",
        "if (this.address) return;",
      ],
      "a block of the same size moved": ["bytes <= this.bytes) return;", "bytes < this.bytes) return;"],
      "moves not counted": ["    this.moves++;", ""],
      "the old block kept": ["    this.release();", ""],
      "a block not given back": ["this.lender.release(this.address);", ""],
      "the old block given back before there is a new one": [
        "if (this.address && bytes <= this.bytes) return;",
        "if (this.address && bytes <= this.bytes) return; this.release();",
      ],
    },
  },
  {
    file: "src/graph/plan.ts",
    tests: [graph("plan")],
    changes: {
      "gradients among what backward needs of forward": [
        "homeOf[id] >= 0 && !own.has(id)",
        "homeOf[id] >= 0",
        { tests: ["test/model/summary.test.ts"] },
      ],
      "weights among what backward needs of forward": [
        "homeOf[id] >= 0 && !own.has(id)",
        "!own.has(id)",
        { tests: ["test/model/summary.test.ts"] },
      ],
      "statistics of a batch for each sample": [
        "bytes += size * (batched ? rows : 1) * 4",
        "bytes += size * rows * 4",
        { tests: ["test/model/summary.test.ts"] },
      ],
      "the addresses of a block that has moved": [
        "rows <= this.capacity && this.moves === this.arena.moves",
        "rows <= this.capacity",
      ],
      "no batch of the size of the last one": ["rows <= this.capacity &&", "rows < this.capacity &&"],
      "a capacity that shrinks when the block has moved": [
        "const capacity = Math.max(rows, this.capacity);",
        "const capacity = rows;",
      ],
      "capacity that there is no memory for": [
        "this.arena.reserve(bytes);",
        "this.capacity = capacity; this.arena.reserve(bytes);",
      ],
      "a move that is never noticed as done": ["    this.moves = this.arena.moves;", ""],
      "records that stay where the arena was": [
        "if (this.moves !== this.arena.moves) this.writeRecords();",
        "if (this.capacity < 0) this.writeRecords();",
        { tests: [nn("convolution")] },
      ],
      "one record for all nodes": ["      address += 4 * length;", "", { tests: [nn("convolution")] }],
      "scratch memory where values are": ["offsets[homes.length + i]", "offsets[i]"],
      "memory of values that are the same for all samples, for each": [
        "value.size * (value.batched ? rows : 1) * 4",
        "value.size * rows * 4",
      ],
      "memory for one sample": ["value.size * (value.batched ? rows : 1) * 4", "value.size * 4"],
      "regions that are not aligned": ["Math.ceil(bytes / 16) * 16", "bytes"],
      "steps that only others need": [
        "values.length > 0 && !needed.has(node)",
        "values.length > 0 && needed.has(node)",
        { tests: ["test/network/passes.test.ts"] },
      ],
      "a forward half that is the whole": ["loss < 0 ? this.updates : loss", "this.updates"],
      "updates among the backward half": ["nodes.length - graph.updates.length;", "nodes.length;"],
      "the work of results alone": ["node.op.work?.(node) ?? node.outputs[0].size", "node.outputs[0].size"],
      "the work of a step left out": [
        "(node.op.work?.(node) ?? node.outputs[0].size)",
        "(node.op.work?.(node) ?? 0)",
      ],
    },
  },
  {
    file: "src/ops/activation.ts",
    tests: operations,
    changes: {
      "the derivative at the output for that at the input": [
        '=== "output" ? y : x;',
        '=== "output" ? y : y;',
      ],
      "the derivative at the input for that at the output": [
        '=== "output" ? y : x;',
        '=== "output" ? x : x;',
      ],
      "the derivative with another parameter": [
        "kernel(at[saved.id], at[dy.id], at[dx.id], rows * each + fixed, 1, parameter);",
        "kernel(at[saved.id], at[dy.id], at[dx.id], rows * each + fixed, 1, 0);",
      ],
      "the value with another parameter": [
        "kernel(at[x.id], at[y.id], rows * each + fixed, 1, parameter);",
        "kernel(at[x.id], at[y.id], rows * each + fixed, 1, 0);",
      ],
      "half of the elements": ["extentOf(x);", "extentOf(x, 2);"],
      "half of the gradient": ["extentOf(dx);", "extentOf(dx, 2);"],
    },
  },
  {
    file: "src/ops/activation-kinds.ts",
    tests: ["test/nn/activation-options.test.ts", ...operations],
    changes: {
      "gelu's slope from its output": ['gelu: { saves: "input",', 'gelu: { saves: "output",'],
      "a negative slope from the output": [
        'name === "leakyRelu" && parameter < 0 ? "input" : kinds',
        "kinds",
      ],
    },
  },
  {
    file: "src/ops/add-row.ts",
    tests: operations,
    changes: {
      "no gradient of the row": ["g.into(b, sumRowsOp, [dy]);", ""],
      "no gradient of the rows": ["g.pass(x, dy);", ""],
      "the rows of a sample's first axis": ["extentOf(x, b.size)", "extentOf(x, x.size)"],
      "a row of another length": ["b.batched || b.size !== lastOf(x.shape)", "b.batched"],
    },
  },
  {
    file: "src/ops/add.ts",
    tests: operations,
    changes: {
      "no gradient of the first": ["g.pass(a, dy);", ""],
      "no gradient of the second": ["g.pass(b, dy);", ""],
      "gradients of parameters that are replaced": [
        "if (adds) add(at[y.id], at[x.id], at[y.id], n);",
        "if (false) add(at[y.id], at[x.id], at[y.id], n);",
        { tests: [graph("differentiate")] },
      ],
      "gradients of parameters that are added to": [
        "if (adds) add(at[y.id], at[x.id], at[y.id], n);",
        "if (true) add(at[y.id], at[x.id], at[y.id], n);",
        { tests: [graph("differentiate")] },
      ],
      "gradients of 0 that are left as they were": [
        "zero(at[y.id], rows * each + fixed);",
        "",
        { tests: [graph("differentiate")] },
      ],
    },
  },
  {
    file: "src/ops/check.ts",
    tests: operations,
    changes: {
      "values of one size": ["if (shapeOf(a) === shapeOf(b)) return;", "if (a.size === b.size) return;"],
      "vectors that do not fit": ["if (x.size % part.size === 0) return;", "return;"],
    },
  },
  {
    file: "src/ops/concatenate.ts",
    tests: operations,
    changes: {
      "all values in the first place": ["to += 4 * widths[i];", ""],
      "all gradients from the first place": ["begin += lastOf(input.shape);", ""],
      "rows as far apart as those of the result": [
        "widths[i], widths[i], width)",
        "widths[i], width, width)",
      ],
      "rows as far apart as those of the input": [
        "widths[i], widths[i], width)",
        "widths[i], widths[i], widths[i])",
      ],
      "other leading axes": [
        "leading(input) !== leading(first) || input.shape.length === 0",
        "input.shape.length === 0",
      ],
    },
  },
  {
    file: "src/ops/custom.ts",
    tests: ["test/ops/custom.test.ts", "test/nn/custom-layer.test.ts"],
    changes: {
      "gradients that replace": [
        "return needed && adds ? gradient : gradient.fill(0);",
        "return gradient.fill(0);",
      ],
      "gradients that add": [
        "return needed && adds ? gradient : gradient.fill(0);",
        "return needed ? gradient : gradient.fill(0);",
      ],
      "a gradient of the input that nobody needs": ["dx: dx === NONE ? undefined : view", "dx: view"],
      "gradients that nobody needs over each other": ["bytes += 4 * size;", "bytes = 4 * size;"],
      "gradients that nobody needs at the front": ["at[scratch] + unneeded[i]", "at[scratch]"],
      "no gradients of parameters": [
        "g.intoAll([x, ...tensors], customGradientOp",
        "g.intoAll([x], customGradientOp",
      ],
      "training as told to a layer that predicts": ["        training,", "        training: true,"],
    },
  },
  {
    file: "src/ops/matmul.ts",
    tests: operations,
    changes: {
      "no bias": ["at[b.id], m, n, k", "0, m, n, k"],
      "no gradient of the weights": ["g.into(w, weightGradientOp, [x, dy]);", ""],
      "no gradient of the bias": ["g.into(b, sumRowsOp, [dy]);", ""],
      "no gradient of the input": ["g.into(x, inputGradientOp, [dy, w]);", ""],
      "the gradient of the weights before that of the input": [
        "g.into(w, weightGradientOp, [x, dy]);",
        "g.into(x, inputGradientOp, [dy, w]); g.into(w, weightGradientOp, [x, dy]); return;",
      ],
      "weights whose gradients replace": [
        "adds ? to : 0, k, n, m",
        "0, k, n, m",
        { tests: [graph("differentiate"), graph("random-graphs")] },
      ],
      "weights whose gradients add": ["adds ? to : 0, k, n, m", "to, k, n, m"],
      "X for X'": ["k, n, m, k, n, n, n, 1, 0", "k, n, m, k, n, n, n, 0, 0"],
      "W for W'": ["m, k, n, n, n, k, 0, 0, 1", "m, k, n, n, n, k, 0, 0, 0"],
      "a gradient of one row a sample": ["extentOf(dy, n);", "extentOf(dy, dy.size);"],
      "a result over the input": ['name: "matmul",', 'name: "matmul", inPlace: [0],'],
      "a gradient over the gradient": [
        'name: "matmulInputGradient",',
        'name: "matmulInputGradient", inPlace: [0],',
      ],
      "scratch for one row a sample": [
        "kernels.gemmWorkspace(count(x, lastOf(x.shape), rows),",
        "kernels.gemmWorkspace(rows,",
      ],
      "scratch for the gradient of the weights of one row a sample": [
        "kernels.gemmWorkspace(k, lastOf(dy.shape), count(x, k, rows))",
        "kernels.gemmWorkspace(k, lastOf(dy.shape), rows)",
      ],
      "scratch for the gradient of the input of one row a sample": [
        "kernels.gemmWorkspace(count(dy, lastOf(w.shape), rows),",
        "kernels.gemmWorkspace(rows,",
      ],
      "the work of the input alone": [
        "work: ({ inputs: [x, w] }) => x.size * lastOf(w.shape),",
        "work: ({ inputs: [x] }) => x.size,",
        { tests: [graph("plan")] },
      ],
    },
  },
  {
    file: "src/ops/multiply.ts",
    tests: operations,
    changes: {
      "the first's gradient by itself": [
        "g.into(a, multiplyOp, [dy, b]);",
        "g.into(a, multiplyOp, [dy, a]);",
      ],
      "the second's gradient by itself": [
        "g.into(b, multiplyOp, [dy, a]);",
        "g.into(b, multiplyOp, [dy, b]);",
      ],
    },
  },
  {
    file: "src/ops/normalize-channels.ts",
    tests: operations,
    changes: {
      "the gradient of constant moments": ["if (attributes.groups === undefined)", "if (true)"],
      "moments that count as constant": ["if (attributes.groups === undefined)", "if (false)"],
      "gradients of gamma and beta exchanged": [
        "outputs: [ofBeta, ofGamma], attributes: { epsilon } }",
        "outputs: [ofGamma, ofBeta], attributes: { epsilon } }",
      ],
      "one mean for all samples": [
        "momentsOf(graph, x, groups, x.batched)",
        "momentsOf(graph, x, groups, false)",
        { tests: [nn("normalization")] },
      ],
      "as many groups as channels": [
        "graph.append(momentsOp, [x], [mean, variance], groups);",
        "graph.append(momentsOp, [x], [mean, variance], lastOf(shape));",
      ],
      "a sample's first positions": ["length: { each: 0, fixed: all.each }", "length: { each: 0, fixed: 1 }"],
      "statistics that move by the samples alone": [
        "const { each, fixed } = extentOf(x, mean.size);",
        "const { each, fixed } = extentOf(x, x.size);",
        { tests: [nn("normalization")] },
      ],
      "statistics that forget": ["        1 - momentum,", "        1,", { tests: [graph("plan")] }],
    },
  },
  {
    file: "src/ops/normalize-rows.ts",
    tests: operations,
    changes: {
      "no gradient of gamma and beta": [
        "g.intoAll([gamma, beta], affineGradientOp, [x, dy, mean, inverse], attributes);",
        "",
      ],
      "a gradient without gamma": [
        "[x, dy, mean, inverse, gamma], attributes",
        "[x, dy, mean, inverse, NONE], attributes",
      ],
      "a gradient as if centred": [
        "attributes.centre ? g.graph.keep(node, 2, shape) : NONE",
        "g.graph.keep(node, 2, shape)",
      ],
      "gradients of gamma that replace": ["        adds,", "        0,", { tests: [nn("shared-layers")] }],
      "always centred": ["centre ? 1 : 0,", "1,"],
    },
  },
  {
    file: "src/ops/prelu.ts",
    tests: ["test/nn/prelu.test.ts"],
    changes: {
      "no gradient of the slopes": ["g.into(alpha, slopeGradientOp, [x, dy], attributes);", ""],
      "no gradient of the input": ["g.into(x, inputGradientOp, [x, alpha, dy], attributes);", ""],
      "slopes whose gradients replace": [
        "rows * outer, slopes, inner, adds, slopes);",
        "rows * outer, slopes, inner, 0, slopes);",
        { tests: [nn("shared-layers")] },
      ],
      "one slope whose gradient replaces": [
        "1, 1, rows * inner, adds, 1);",
        "1, 1, rows * inner, 0, 1);",
        { tests: [nn("shared-layers")] },
      ],
      "outer axes for inner ones": [
        "at[dx.id], rows * outer, slopes, inner);",
        "at[dx.id], rows * inner, slopes, outer);",
      ],
      "the last axis of the slopes among the inner ones": ["shape.slice(last + 1)", "shape.slice(last)"],
      "slopes that lie apart": [
        "slopes.length !== shape.length || sizeOf(own) !== sizeOf(slopes)",
        "slopes.length !== shape.length",
      ],
    },
  },
  {
    file: "src/ops/random.ts",
    tests: ["test/nn/regularization.test.ts"],
    changes: {
      "what stays not scaled": ["factor: 1 / (1 - rate)", "factor: 1"],
      "what stays falls out": ["(rate - 0.5) * 16_777_216", "(0.5 - rate) * 16_777_216"],
      "noise alone": ["return add(graph, x, noise);", "return noise;"],
      "dropout by half of the key": [
        "dropout(at[y.id], rows * each + fixed, factor, threshold, key[0], key[1], 0);",
        "dropout(at[y.id], rows * each + fixed, factor, threshold, key[0], 0, 0);",
      ],
      "noise by half of the key": [
        "gaussianNoise(at[y.id], rows * each + fixed, deviation, key[0], key[1], 0);",
        "gaussianNoise(at[y.id], rows * each + fixed, deviation, 0, key[1], 0);",
      ],
    },
  },
  {
    file: "src/ops/reshape.ts",
    tests: operations,
    changes: {
      "no gradient": ["if (g.needs(x)) g.pass(x, reshape(g.graph, dy, x.shape));", ""],
    },
  },
  {
    file: "src/ops/scale.ts",
    tests: operations,
    changes: {
      "a gradient that is not scaled": ["g.into(x, scaleOp, [dy], factor)", "g.into(x, scaleOp, [dy], 1)"],
      "a sum for an average": ["1 / (1 + others.length),", "1,"],
      "an average over one too few": ["1 / (1 + others.length),", "1 / Math.max(1, others.length),"],
    },
  },
  {
    file: "src/ops/slice.ts",
    tests: operations,
    changes: {
      "the first elements": ["copyRows(at[x.id] + 4 * begin, at[y.id]", "copyRows(at[x.id], at[y.id]"],
      "a gradient in the first elements": ["at[dx.id] + 4 * begin, count", "at[dx.id], count"],
      "a gradient beside what was there": ["zero(at[dx.id], count * to);", ""],
      "rows as far apart as those of the result": [
        "rows * each + fixed, to, from, to);",
        "rows * each + fixed, to, to, to);",
      ],
      "a gradient's rows as far apart as the slice's": [
        "count, from, from, to);",
        "count, from, from, from);",
      ],
      "an element past the end": ["end <= lastOf(x.shape)", "end <= lastOf(x.shape) + 1"],
      "an empty slice": ["begin < end &&", "begin <= end &&"],
    },
  },
  {
    file: "src/ops/softmax.ts",
    tests: operations,
    changes: {
      "a gradient from the input": ["softmaxGradientOp, [y, dy]", "softmaxGradientOp, [x, dy]"],
      "a gradient and an output exchanged": ["softmaxGradientOp, [y, dy]", "softmaxGradientOp, [dy, y]"],
      "over the whole sample": ["const cols = lastOf(x.shape);", "const cols = x.size;"],
      "a gradient over the whole sample": ["const cols = lastOf(y.shape);", "const cols = y.size;"],
    },
  },
  {
    file: "src/ops/standardize.ts",
    tests: operations,
    changes: {
      "mean and deviation exchanged": [
        "at[mean.id], at[deviation.id], at[y.id]",
        "at[deviation.id], at[mean.id], at[y.id]",
      ],
      "no gradient": ["g.into(x, standardizeGradientOp, [deviation, dy])", "undefined"],
      "the first vector of a sample": ["extentOf(x, mean.size)", "extentOf(x, x.size)"],
      "the gradient of the first vector of a sample": [
        "extentOf(dy, deviation.size)",
        "extentOf(dy, dy.size)",
      ],
      "vectors of another length": ['checkSplits("standardize", x, mean);', ""],
      "as many deviations as there come": ['checkSplits("standardize", mean, deviation);', ""],
    },
  },
  {
    file: "src/ops/subtract.ts",
    tests: operations,
    changes: {
      "the sign of the second's gradient": ["g.into(b, scaleOp, [dy], -1);", "g.into(b, scaleOp, [dy], 1);"],
      "no gradient of the first": ["g.pass(a, dy);", ""],
      "the sign of the difference": [
        "subtract(at[a.id], at[b.id], at[y.id]",
        "subtract(at[b.id], at[a.id], at[y.id]",
      ],
    },
  },
  {
    file: "src/ops/sum-rows.ts",
    tests: operations,
    changes: {
      "gradients that replace": [
        "y.size, adds, y.size);",
        "y.size, 0, y.size);",
        { tests: [nn("shared-layers")] },
      ],
      "gradients that add": ["y.size, adds, y.size);", "y.size, 1, y.size);"],
      "one row a sample": ["extentOf(x, y.size)", "extentOf(x, x.size)"],
    },
  },
];
