/** Mutants of src/. */
export const library = [
  {
    file: "src/losses/loss.ts",
    tests: [
      "test/nn/pytorch.test.ts",
      "test/nn/gradients.test.ts",
      "test/notes/mathematics-behind-neural-networks.test.ts",
      "test/training/weights.test.ts",
    ],
    changes: {
      "a mean over the rows alone": [
        "mean: (_samples: number, terms: number) => terms",
        "mean: (samples: number) => samples",
      ],
      "half a mean that is a whole one": ["=> 2 * samples,", "=> samples,"],
      "half a sum that is a whole one": ["halfSum: () => 2,", "halfSum: () => 1,"],
      "a mean over rows and classes": ["this.perRow ? rows : rows * cols", "rows * cols"],
      "a gradient without the rows' weights": [
        "if (weights && d) host.kernels.scaleRows(d, weights, d, rows, cols);",
        "",
      ],
      "a loss without its factor": ["cols, factor, scratch) * factor;", "cols, factor, scratch);"],
    },
  },
  {
    file: "src/losses/targets.ts",
    tests: ["test/training/fit.test.ts", "test/nn/network.test.ts"],
    changes: {
      "a label beyond the classes": ["label >= 0 && label < classes", "label >= 0 && label <= classes"],
    },
  },
  {
    file: "src/losses/losses.ts",
    tests: ["test/nn/pytorch.test.ts", "test/nn/losses.test.ts"],
    changes: {
      "huber's delta left out": ['ofKernels("huber", delta)', 'ofKernels("huber", 1)'],

      "a gradient not scaled": [
        "host.kernels.scale(room, d, n, scale);",
        "host.kernels.scale(room, d, n, 1);",
      ],
      "a targets' side turned": ["(t > 0 ? 1 : -1)", "(t > 0 ? -1 : 1)"],
      "a focus without its power": ["power(sigmoid(-z), gamma)", "sigmoid(-z)"],
      "a logarithm of NaN": ["(x > 0 ? log(x) : Number.NaN)", "log(x)"],
      "a cosine without the slope of the length": ["ofLength * p[at] - t[at] / lengths", "-t[at] / lengths"],
    },
  },
  {
    file: "src/optimizers/adam.ts",
    tests: ["test/nn/optimizers.test.ts", "test/nn/pytorch.test.ts"],
    changes: {
      "adam without the first correction": [
        "const rate = (learningRate * correction) / (1 - power1);",
        "const rate = learningRate * correction;",
      ],
      "adam without the second": ["const correction = Math.sqrt(1 - power2);", "const correction = 1;"],
      "adam's epsilon not corrected": ["epsilon * correction,", "epsilon,"],
      "decay coupled": ["decoupled ? 0 : weightDecay", "weightDecay"],
      "decoupled decay without the rate": ["1 - learningRate * weightDecay", "1 - weightDecay"],
      "a power that stays": ["this.powers[1] *= this.settings.beta2;", ""],
    },
  },
  {
    file: "src/optimizers/sgd.ts",
    tests: ["test/nn/optimizers.test.ts", "test/nn/pytorch.test.ts"],
    changes: {
      "nesterov without its look ahead": ["nesterov ? learningRate : 0,", "0,"],
      "a scaled velocity scaled twice": ["[learningRate, 1]", "[learningRate, learningRate]"],
      "the first step dampened": [
        "this.steps > 1 ? ofInput * (1 - dampening) : ofInput,",
        "ofInput * (1 - dampening),",
      ],
    },
  },
  {
    file: "src/optimizers/nadam.ts",
    tests: ["test/nn/optimizers.test.ts", "test/nn/pytorch.test.ts"],
    changes: {
      "a momentum that does not grow": ["beta1 * (1 - power(0.96, step * momentumDecay) / 2)", "beta1"],
      "the next step's momentum this step's": ["this.momentum(this.steps + 1)", "this.momentum(this.steps)"],
    },
  },
  {
    file: "src/optimizers/rmsprop.ts",
    tests: ["test/nn/optimizers.test.ts", "test/nn/pytorch.test.ts"],
    changes: {
      "the share of the gradient that of the mean": ["      1 - rho,", "      rho,"],
    },
  },
  {
    file: "src/optimizers/lion.ts",
    tests: ["test/nn/optimizers.test.ts"],
    changes: {
      "the gradient's share of the mean for that of the direction": ["      1 - beta1,", "      1 - beta2,"],
    },
  },
  {
    file: "src/optimizers/optimizer.ts",
    tests: ["test/nn/optimizers.test.ts", "test/nn/network.test.ts", "test/training/fit.test.ts"],
    changes: {
      "powers that go on with another model": [
        "this.powers = new Array(this.powerCount).fill(1);",
        "if (this.powers.length === 0) this.powers = new Array(this.powerCount).fill(1);",
      ],
      "moments that are not zeroed": ["backend.kernels.zero(slab, slabLength);", ""],
      "a norm above the limit left": ["if (factor >= 1) return;", "if (factor <= 1) return;"],

      "values not clipped": ["if (clipValue) kernels.clip(gradients, n, clipValue);", ""],
      "a group's rate that of all": ["rate * rateFactor,", "rate,"],
      "the rate of the step after": [
        "const rate = this.learningRate;",
        "this.steps++; const rate = this.learningRate; this.steps--;",
      ],
      "penalties left out": ["model.regularize();", "", { tests: ["test/nn/regularization.test.ts"] }],
      "constraints left out": ["model.constrain();", "", { tests: ["test/nn/regularization.test.ts"] }],
    },
  },
  {
    file: "src/network/norm.ts",
    tests: ["test/nn/optimizers.test.ts", "test/nn/hard-numbers.test.ts"],
    changes: {
      "a norm without its root": ["return Math.sqrt(squares);", "return squares;"],
      "squares that overflow": ["squares < Number.POSITIVE_INFINITY && ", ""],
      "squares that underflow": ["(squares > LEAST_SQUARES || !squaresMayVanish(limit))", "true"],
    },
  },
  {
    file: "src/optimizers/parameter-groups.ts",
    tests: ["test/nn/optimizers.test.ts"],
    changes: {
      "the last group that has a parameter": [
        "groups.find((group) => holds(group, name))",
        "[...groups].reverse().find((group) => holds(group, name))",
      ],
      "ranges that begin at the front": ["begin: offsets[i],", "begin: 0,"],
    },
  },
  {
    file: "src/optimizers/schedule.ts",
    tests: ["test/nn/schedules.test.ts"],
    changes: {
      "a step late": [
        "power(factor, Math.floor(taken / every))",
        "power(factor, Math.floor((taken - 1) / every))",
      ],
      "a milestone late": ["step <= taken).length", "step < taken).length"],
      "a wave of a whole turn": ["cosineOfTurns(progress / 2)", "cosineOfTurns(progress)"],
      "periods that do not grow": ["exact *= growth;", ""],
      "a rise from the largest": [
        "if (taken < top) return wave(from, learningRate, taken / top);",
        "if (taken < top) return learningRate;",
      ],
      "warm-up that forgets where it began": [
        "from + ((next.rate(0, state) - from) * taken) / steps",
        "(next.rate(0, state) * taken) / steps",
      ],
      "what comes after warm-up begun at once": [
        "next.rate(taken - steps, state)",
        "next.rate(taken, state)",
      ],
      "a plateau that is never left": ["if (waited < patience)", "if (waited <= patience)"],
      "a rate below the least": ["Math.max(rate * factor, minimum)", "rate * factor"],
    },
  },
  {
    file: "src/model/checkpoint.ts",
    tests: ["test/training/checkpoint.test.ts"],
    changes: {
      "slabs left out": ["...optimizer.memory.map(", "...[].map("],
      "no step": ["life: model.life,", "life: { epoch: 0, step: 0 },"],
    },
  },
  {
    file: "src/model/restore-checkpoint.ts",
    tests: ["test/training/checkpoint.test.ts"],
    changes: {
      "any checksum": ["if (metadata.checksum !== sum)", "if (!sum)"],
      "steps begun anew": ['optimizer.restoreState(parsed("state", words));', ""],
      "the best forgotten": [
        "{ epoch, history, best, last: kept(LAST), partial }",
        "{ epoch, history, best: undefined, last: kept(LAST), partial }",
      ],
      "a model that is kept after all": ["    model?.dispose();", ""],
      "an error that is no FormatError": [
        "cause instanceof ValueError || cause instanceof ShapeError || cause instanceof TypeError",
        "false",
      ],
      "an epoch that is none": ['checkCount("progress", "epoch", epoch, 0);', ""],
    },
  },
  {
    file: "src/data/data.ts",
    tests: ["test/training/data.test.ts"],
    changes: {
      "the variance for the deviation": ["deviation: Math.sqrt(squares / rows)", "deviation: squares / rows"],
      "a range from 0": ["nonZeroSpread(most - least, least)", "nonZeroSpread(most, least)"],
      "a column that does not vary divided by nothing": [
        "Math.fround(beside + spread) > Math.fround(beside) ? spread : 1",
        "spread",
      ],
      "folds of the same rows": ["(i + first) % k === fold", "(i + first) % k === 0"],
      "classes in the order of the table": [
        ".sort((a, b) => comparison(a.label, b.label));",
        ";",
        { tests: ["test/training/stratify.test.ts"] },
      ],
      "the same split for every seed": [
        "new RandomStream(seed, purposes.split, 1)",
        "new RandomStream(0, purposes.split, 1)",
      ],
      "rows of other columns": ["values[indices[i] * columns + j]", "values[indices[i] + j]"],
    },
  },
  {
    file: "src/core/reproducible-math.ts",
    tests: ["test/core/reproducible.test.ts"],
    changes: {
      "a logarithm's series cut": ["for (let k = 23; k >= 3; k -= 2)", "for (let k = 13; k >= 3; k -= 2)"],
      "a logarithm without the low part": [
        "(exponent * LN2_LOW + 2 * s * (series + 1))",
        "2 * s * (series + 1)",
      ],
      "a sine's sign": ["return quarter % 4 === 1 ? -sine * x : sine * x;", "return sine * x;"],
    },
  },
  {
    file: "src/core/random.ts",
    tests: ["test/core/reproducible.test.ts"],
    changes: {
      "another rotation": ["odd ? 15 : 29", "odd ? 14 : 29"],
      "the high half of a seed left out": ["Math.floor(seed / TWO_TO_32) | 0", "0"],
      "one purpose for all": ["purpose, index, this.block", "0, index, this.block"],
      "a normal distribution of half the variance": ["Math.sqrt(-2 * log(", "Math.sqrt(-1 * log("],
    },
  },
  {
    file: "src/core/memory.ts",
    tests: ["test/core/memory.test.ts"],
    changes: {
      "blocks that are not aligned": [
        "Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT",
        "Math.max(bytes, 1)",
      ],
      "the first free block for the smallest": ["this.free[i].size < this.free[best].size", "false"],
      "neighbours not joined": ["before.start + before.size === start", "false"],
      "a block released twice": ["    this.sizes.delete(start);", ""],
      "a byte past the end": ["if (needed > LARGEST) throw", "if (needed > LARGEST + PAGE) throw"],
      "a page too few": ["Math.ceil((bytes - this.end) / PAGE)", "Math.floor((bytes - this.end) / PAGE)"],
      "what is free at the end counted as needed": [
        "const needed = start + size - atEnd;",
        "const needed = start + size;",
      ],
    },
  },
  {
    file: "src/core/check.ts",
    tests: ["test/nn/network.test.ts", "test/core/matrix.test.ts", "test/training/fit.test.ts"],
    changes: {
      "a shape of other rows": ["(rows === undefined || matrix.rows === rows) &&", ""],
      "shapes that differ in columns": [
        "if (a.rows === b.rows && a.cols === b.cols) return;",
        "if (a.rows === b.rows) return;",
      ],
      "a count that is no integer": [
        "if (!Number.isSafeInteger(value) || (value as number) < least) {",
        "if ((value as number) < least) {",
      ],
      "a fraction of 1": ["if (value >= 1) throw", "if (value > 1) throw"],
      "an option that nobody knows": ["if (!known.includes(key))", "if (false)"],
      "a number beyond float32": ["Math.fround(value) : Number.NaN", "value : Number.NaN"],
      "a positive number of 0": ["excludeLeast ? rounded > least : rounded >= least", "rounded >= least"],
      "what is no number among numbers": ['if (typeof values[i] !== "number")', "if (false)"],
    },
  },
  {
    file: "src/matrix/matrix.ts",
    tests: ["test/core/matrix.test.ts"],
    changes: {
      "a view of the first rows": ["address + begin * this.cols * 4", "address"],
      "a view past the end": ["if (end > this.rows) throw", "if (end > this.rows + 1) throw"],
      "memory with what was there": ["backend.kernels.zero(address, rows * cols);", ""],
      "a block left behind when values are refused": ["      matrix.dispose();", ""],
    },
  },
  {
    file: "src/matrix/operations.ts",
    tests: ["test/core/matrix.test.ts"],
    changes: {
      "the flag of B' for A'": ["    transposeA ? 1 : 0,", "    transposeB ? 1 : 0,"],
      "inner sizes that differ": ["if (k !== (transposeB ? b.cols : b.rows)) {", "if (false) {"],
      "an out that overlaps": [
        "begin < inputBegin + input.length * 4 && inputBegin < begin + out.length * 4",
        "begin === inputBegin",
      ],
      "sums onto what was there": ["a.rows, a.cols, 0, a.cols);", "a.rows, a.cols, 1, a.cols);"],
    },
  },
  {
    file: "src/core/build.ts",
    tests: ["test/core/build.test.ts"],
    changes: {
      "bytes of seven bits": ["text.charCodeAt(i);", "text.charCodeAt(i) & 127;"],
      "a loop where Node decodes": ["if (host.Buffer) return", "if (false) return"],
    },
  },
  {
    file: "src/training/batches.ts",
    tests: ["test/training/batches.test.ts", "test/training/fit.test.ts"],
    changes: {
      "targets in their own order": [
        "const at = part.stage(index, begin, count,",
        "const at = part.stage(0, begin, count,",
      ],
      "inputs of the first batch": ["return this.place + begin * cols * 4;", "return this.place;"],
      "a sample after the one that is meant": ["row, row + 1);", "row + 1, row + 2);"],
      "as many targets as there come": ["if (source.rows.rows !== this.rows)", "if (false)"],
      "the last piece not read": [
        "begin < rows.rows; begin += most",
        "begin + most <= rows.rows; begin += most",
      ],
      "an input of NaN": ["      if (index >= 0) {", "      if (index > 0) {"],
      "weights in their own order": [
        "weights[i]?.stage(index, begin, count,",
        "weights[i]?.stage(0, begin, count,",
        { tests: ["test/training/weights.test.ts"] },
      ],
      "inputs in their own order": [
        "inputParts[i].stage(index, begin, count,",
        "inputParts[i].stage(0, begin, count,",
      ],
      "the first output's targets for all": [
        "const target = targets[i];",
        "const target = targets[0];",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "one weight for all samples of a class": [
        "weights[i] *=",
        "weights[i] =",
        { tests: ["test/training/weights.test.ts"] },
      ],
    },
  },
  {
    file: "src/training/sources.ts",
    tests: ["test/training/fit.test.ts", "test/training/loop.test.ts"],
    changes: {
      "batches that abort and fail reject unheard": ["Promise.resolve(value).catch(() => {});", ""],
      "one order for all epochs": [
        "new RandomStream(seed, purposes.shuffle, epoch)",
        "new RandomStream(seed, purposes.shuffle, 0)",
        { tests: ["test/training/batches.test.ts"] },
      ],
      "an order from that of the epoch before": [
        "backend.integers(address, training.length).set(training);",
        "",
      ],
      "a split of the last rows": [
        "if (held > 0) new RandomStream(seed, purposes.split, 0)",
        "if (false) new RandomStream(seed, purposes.split, 0)",
        { tests: ["test/training/batches.test.ts"] },
      ],
      "validation among the training": [
        "this.training = order.slice(0, rows - held);",
        "this.training = order.slice(0, rows);",
      ],
      "the last batch left out": [
        "this.batches = Math.ceil(order.training.length / batchSize);",
        "this.batches = Math.floor(order.training.length / batchSize);",
      ],
      "batches that all begin at the first sample": ["this.begun += this.size;", ""],
      "a generator that is not closed": ["Promise.resolve(iterator?.return?.());", "Promise.resolve();"],
      "the end of what never comes waited for": ["if (this.waiting) closed", "if (false) closed"],
      "a batch waited for after the signal": [
        "return await Promise.race([value, aborted]);",
        "return await value;",
      ],
    },
  },
  {
    file: "src/training/early-stopping.ts",
    tests: ["test/training/loop.test.ts", "test/training/checkpoint.test.ts"],
    changes: {
      "an epoch more after the last": ["epoch - best.epoch >= Math.max(patience, 1)", "epoch < 0"],
      "a loss that gets better upwards": [
        "known.value - value : value - known.value",
        "value - known.value : value - known.value",
      ],
      "an epoch more of patience": ["(known?.epoch ?? 0) >= patience", "(known?.epoch ?? 0) > patience"],
      "changes that are too small": ["gain > minimumChange", "gain > 0"],
      "the weights always kept": [
        "tensors: restoreBest ? model.tensorValues : undefined",
        "tensors: model.tensorValues",
      ],
    },
  },
  {
    file: "src/training/evaluate.ts",
    tests: ["test/training/fit.test.ts"],
    changes: {
      "the last chunk left out": [
        "for (let from = begin; from < end; from += chunk) {",
        "for (let from = begin; from + chunk <= end; from += chunk) {",
      ],
      "every chunk the first": [
        "data.stage(pass, sorted || order, at, rows)",
        "data.stage(pass, sorted || order, begin, rows)",
        { tests: ["test/training/batches.test.ts"] },
      ],
      "the targets of the first output for all": [
        "const target = data.targets[i];",
        "const target = data.targets[0];",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "the logits of the first output for all": [
        "pass.plan.address(pass.heads[i])",
        "pass.plan.address(pass.heads[0])",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "metrics of logits": [
        "if (!fused || loss.overClasses) return undefined;",
        "return undefined;",
        { tests: ["test/training/pairs.test.ts"] },
      ],
      "the scratch memory of the last output": [
        "most = Math.max(most, heads[i].loss.scratchBytes(rows * heads[i].each, heads[i].cols));",
        "most = heads[i].loss.scratchBytes(rows * heads[i].each, heads[i].cols);",
        { tests: ["test/network/heads.test.ts"] },
      ],
    },
  },
  {
    file: "src/metrics/metrics.ts",
    tests: ["test/training/fit.test.ts"],
    changes: {
      "a loss of the last epochs too": ["    this.terms = 0;", ""],
      "answers of the first outputs alone": ["const each = chooses ? 1 : cols;", "const each = 1;"],
      "half as threshold for all": ["loss.formula.threshold ?? 0.5", "0.5"],
    },
  },
  {
    file: "src/training/tallies.ts",
    tests: ["test/network/heads.test.ts"],
    changes: {
      "a sum of losses that is not weighted": ["sum + this.heads[i].weight * loss, 0)", "sum + loss, 0)"],
      "scores under the first output's name": [
        "all[scoreOf(this.heads[i].name, name)] = value;",
        "all[scoreOf(this.heads[0].name, name)] = value;",
      ],
      "the terms of the first output gone on with": ["(terms[i] ?? 0)", "(terms[0] ?? 0)"],
      "the metrics of another output gone on with": [
        "const kept = sums[this.nameOf(i, name)];",
        "const kept = sums[this.nameOf(0, name)];",
      ],
      "the loss of one output of several not weighted": [
        "weight === 1 ? scores : { ...scores, loss: weight * scores.loss }",
        "scores",
      ],
    },
  },
  {
    file: "src/training/objective.ts",
    tests: ["test/network/heads.test.ts"],
    changes: {
      "a fused loss of outputs": ["      loss: fused ?? loss,", "      loss,"],
      "weights left out": ["const weight = weights[i] ?? 1;", "const weight = 1;"],
      "a weight of 0 for what is left out": [
        "const weight = weights[i] ?? 1;",
        "const weight = weights[i] ?? 0;",
      ],
      "a weight below 0": [", weight, 0);", ", weight, -1e9);"],
      "the loss of the first output for all": [
        "resolveLoss(where, losses[i])",
        "resolveLoss(where, losses[0])",
      ],
      "lossWeights of one output": ["!severalOutputs && options.lossWeights !== undefined", "false"],
    },
  },
  {
    file: "src/training/steps.ts",
    tests: ["test/training/loop.test.ts"],
    changes: {
      "training that goes on after its loop": ["    left.abort();", ""],
      "the end not waited for": ["    await over;", ""],
    },
  },
  {
    file: "src/training/fit.ts",
    tests: ["test/network/gradients.test.ts"],
    changes: {
      "memory for the second batch of a group once it comes": [
        "model.gradients.reserve(true);",
        "model.gradients.reserve();",
      ],
      "memory for a group that goes on only once it does": [" || model.progress.partial?.waiting)", ")"],
    },
  },
  {
    file: "src/training/run.ts",
    tests: ["test/training/fit.test.ts", "test/training/loop.test.ts"],
    changes: {
      "running statistics that fit leaves": [
        "pass.updateBuffers(size);",
        "",
        { tests: ["test/training/running-statistics.test.ts"] },
      ],
      "running statistics of a step that failed": [
        "model.runForTraining(pass, size);",
        "model.runForTraining(pass, size); pass.updateBuffers(size);",
        { tests: ["test/training/running-statistics.test.ts"] },
      ],
      "a sum of gradients for their mean": [
        "if (factor !== 1) model.gradients",
        "if (false) model.gradients",
        { tests: ["test/training/accumulate.test.ts"] },
      ],
      "streamed batches left over take no step": [
        "if (state.waiting > 0) step();",
        "",
        { tests: ["test/training/accumulate.test.ts"] },
      ],
      "gradients of the batch before": [
        "if (state.waiting > 0) model.gradients.add(pass, size);",
        "if (true) model.gradients.add(pass, size);",
      ],
      "a history from the end": ["&& !ended", ""],
      "the best weights not restored": ["if (earlyStopping.restoreBest ?? true) model.restoreBest();", ""],
      "validation on all samples": [
        "const begin = order ? order.training.length : 0;",
        "const begin = 0;",
        { tests: ["test/training/batches.test.ts"] },
      ],
      "losses that all count the same in the gradient": [
        "weight * factor,",
        "factor,",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "every output's gradient in the place of the first": [
        "plan.address(pass.headGradients[i]),",
        "plan.address(pass.headGradients[0]),",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "the terms of the first output for all": [
        "tally.add(i, backend, at, targets[i], size, terms[i],",
        "tally.add(i, backend, at, targets[i], size, terms[0],",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "the targets of the first output for all": [
        "tally.add(i, backend, at, targets[i], size, terms[i],",
        "tally.add(i, backend, at, targets[0], size, terms[i],",
        { tests: ["test/network/heads.test.ts"] },
      ],
      "gradients of the last batch of a group alone": [
        "if (state.waiting > 0) model.gradients.add(pass, size);",
        "if (false) model.gradients.add(pass, size);",
        { tests: ["test/training/accumulate.test.ts"] },
      ],
      "a group of one batch more": [
        "state.waiting >= accumulate",
        "state.waiting > accumulate",
        { tests: ["test/training/accumulate.test.ts"] },
      ],
      "the last group of an epoch after its last batch": [
        " || (isLast && state.waiting > 0 && state.batch === batches)) step();",
        ") step();",
        { tests: ["test/training/accumulate.test.ts", "test/training/loop.test.ts"] },
      ],
      "the samples of the last batch for those of the group": [
        "state.together += measure;",
        "state.together = measure;",
        { tests: ["test/training/accumulate.test.ts"] },
      ],
      "groups that never begin anew": [
        "      state.together = 0;",
        "",
        { tests: ["test/training/fit.test.ts"] },
      ],
      "an epoch of another size gone on with": [
        "left.batches === batches && left.batchSize === batchSize",
        "left.batches === batches",
        { tests: ["test/training/resume.test.ts"] },
      ],
      "an epoch gone on with after other steps": [
        "if (left.life === life && left.batch * portion.count === step) {",
        "if (true) {",
        { tests: ["test/training/resume.test.ts"] },
      ],
      "what was counted before an interruption forgotten": [
        "tally.resume(left.rows, left.terms, left.sums ?? {});",
        "",
        { tests: ["test/training/resume.test.ts"] },
      ],
    },
  },
  {
    file: "src/files/safetensors.ts",
    tests: ["test/formats/safetensors.test.ts"],
    changes: {
      "a tensor past the end": ["begin > end || end > data.length", "begin > end"],
      "a tensor of another size": ["if (size !== end - begin) throw", "if (size > end - begin) throw"],
      "tensors with a gap": ["if (begin(tensor) !== used) throw", "if (begin(tensor) < used) throw"],
      "bytes after the last tensor": ["if (used < data.length)", "if (false)"],
      "a field that nobody knows": ["else throw wrong(where, fields, quote(key));", "else header.string();"],
      "a header longer than the file": ["if (length > longest)", "if (length > longest + 8)"],
      "a bfloat16 read as a half": [
        'else if (dtype === "BF16") bits[i] = values[i] << 16;',
        'else if (dtype === "BF16") bits[i] = floatBitsOfHalf(values[i]);',
      ],
      "a name twice": ["if (names.has(name)) throw", "if (false) throw"],
      "a header not padded": [
        "const length = Math.ceil(header.length / 8) * 8;",
        "const length = header.length;",
      ],
    },
  },
  {
    file: "src/files/half.ts",
    tests: ["test/formats/half.test.ts"],
    changes: {
      "ties away from even": ["(1 << (shift - 1)) - 1 + odd", "(1 << (shift - 1))"],
      "a subnormal half": ["Math.clz32(magnitude) - 8 : 0;", "Math.clz32(magnitude) - 7 : 0;"],
    },
  },
  {
    file: "src/files/model-file.ts",
    tests: ["test/formats/model-file.test.ts"],
    changes: {
      "a later version of the format": [
        "if (Number(version) > FORMAT_VERSION)",
        "if (Number(version) > FORMAT_VERSION + 1)",
      ],
      "a tensor that is missing": ["if (!tensor) problems.push", "if (!tensor) names.add"],
      "a tensor of another shape": [
        "else if (text(tensor.shape) !== text(shape))",
        "else if (tensor.shape.length !== shape.length)",
      ],
      "a tensor too many": ["if (!names.has(name)) problems.push", "if (false) problems.push"],
      "another format": ['metadata[keys.format] !== "lanewise" ||', ""],
      "labels of another number": ["labels.length === outputs ||", "labels.length > 0 ||"],
      "a seed that is no integer": ["if (!Number.isSafeInteger(seed))", "if (false)"],

      "weights that are not filled in": [".set(values);", ".set([]);"],
    },
  },
  {
    file: "src/files/architecture.ts",
    tests: ["test/formats/version-2.test.ts"],
    changes: {
      "no life in the first epoch": ["life.epoch + life.step > 0 &&", "life.epoch > 0 &&"],
      "no life between epochs": ["life.epoch + life.step > 0 &&", "life.step > 0 &&"],
      "a life of nothing": ["life.epoch + life.step > 0 &&", "true &&"],
      "version 1 for a graph": ["  isSequential &&", "  true &&"],
      "version 1 for layers that mean another thing there": [
        "return index < 0 || made.fileVersion(shapes[input]) === 1;",
        "return true;",
      ],
      "version 2 for what reading version 1 puts in": [
        "return index < 0 || made.fileVersion(shapes[input]) === 1;",
        "return made.fileVersion(shapes[input]) === 1;",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "layers that reading version 1 puts in written": [
        "(index < 0 ? [] : [layer.config])",
        "[layer.config]",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "dense over the last axis in version 1": [
        'if (type === "dense") return [flatten, layer];',
        'if (type === "dense") return [layer];',
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "softmax over the last axis in version 1": [
        "|| !isRowwise(activation as never)) return [layer];",
        "|| true) return [layer];",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "a row after a softmax of version 1": [
        'return [flatten, layer, reshapeFrom({ type: "reshape", shape })];',
        "return [flatten, layer];",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "one output as an array": ["severalOutputs ? outputTensors : outputTensors[0],", "outputTensors,"],
      "an array of one input as the input": ["severalInputs && inputs.length === 1 &&", "false &&"],
      "a list as a graph": ["structure.isSequential &&", "false &&"],
      "a tensor after the last one": ["(tensor as number) < tensors)", "(tensor as number) <= tensors)"],
      "an array of one input read as the input": [
        "inputs.length > 1 || inputList ? inputs",
        "inputs.length > 1 ? inputs",
      ],
      "a name that the model gives itself as the user's": [
        "isOwn ? { name } : {}",
        "name === undefined ? {} : { name }",
      ],
      "inputs without their names": ["isOwn ? { name } : {}", "{}"],
      "a list in any order": ["layer === i && taken.join() === String(i)", "taken.join() === String(i)"],
      "a list of layers that take several": ["taken.join() === String(i)", "taken[0] === i"],
      "a layer that is not there": [" || layer >= layers)", ")"],
      "a model without inputs": ["!Array.isArray(given) || given.length === 0", "!Array.isArray(given)"],
      "a size of 0": ["Number.isSafeInteger(size) && size > 0", "Number.isSafeInteger(size)"],
      "a size of 0 in version 1": [
        'checkSizes("inputShape", inputShape);',
        "",
        { tests: ["test/formats/model-file.test.ts"] },
      ],
      "a model of no layers in version 1": [
        "!Array.isArray(layers) || layers.length === 0",
        "!Array.isArray(layers)",
        { tests: ["test/formats/model-file.test.ts"] },
      ],
    },
  },
  {
    file: "src/files/load-weights.ts",
    tests: ["test/formats/model-file.test.ts", "test/formats/torch.test.ts"],
    changes: {
      "outputs good after loadWeights": ["  model.invalidate();", ""],
      "weights of layers that were not asked for": [
        "layers.includes(structure.layers[layerOfTensor(structure, own)].layer)",
        "layers.length > 0",
        { tests: ["test/model/transfer.test.ts"] },
      ],
      "layers of another model": [
        "!own.has(layer)",
        "own.size === 0 && !layer",
        { tests: ["test/model/transfer.test.ts"] },
      ],
      "kernels as they come": [
        "else for (const [i, at] of places().entries()) to[at] = values[i];",
        "else to.set(values);",
      ],
      "names that nobody maps": ["nameOf(place.own) ?? place.name", "place.name"],
      "tensors not checked": ['if (problems !== "") {', "if (false) {"],
    },
  },
];
