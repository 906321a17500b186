/** Mutants of src/layers/ and src/network/. */
const nn = (name) => `test/nn/${name}.test.ts`;
const network = (name) => `test/network/${name}.test.ts`;
const life = ["test/training/life.test.ts", nn("regularization")];

export const networks = [
  {
    file: "src/layers/dense.ts",
    tests: [nn("network"), nn("pytorch")],
    changes: {
      "no bias": ["matmul(scope.graph, x.value, weight, bias)", "matmul(scope.graph, x.value, weight)"],
      "no activation": ["return activated(sum, kernel.activation);", "return sum;"],
      "units for inputs": [
        "kernel.weight(scope, [inputs, units], inputs, units)",
        "kernel.weight(scope, [inputs, units], units, inputs)",
      ],
      "version 1 for samples of several axes": [
        "return input.length === 1 ? 1 : 2;",
        "return 1;",
        { tests: ["test/formats/version-2.test.ts"] },
      ],
      "version 2 for samples of one axis": [
        "return input.length === 1 ? 1 : 2;",
        "return 2;",
        { tests: ["test/formats/model-file.test.ts", "test/formats/version-1.test.ts"] },
      ],
    },
  },
  {
    file: "src/layers/kernel.ts",
    tests: [nn("regularization")],
    changes: {
      "no penalty on weights": ["regularizer: this.kernelRegularizer,", ""],
      "no penalty on biases": ["regularizer: this.biasRegularizer,", ""],
      "no bound on weights": ["constraint: this.kernelConstraint,", ""],
      "biases that begin as weights do": [
        "initializeWith(this.initial.bias, fanIn",
        "initializeWith(this.initial.weight, fanIn",
        { tests: [nn("network")] },
      ],
      "inputs for outputs": [
        "by(host, at, n, fanIn, fanOut,",
        "by(host, at, n, fanOut, fanIn,",
        { tests: [nn("network")] },
      ],
    },
  },
  {
    file: "src/layers/activate.ts",
    tests: [network("heads")],
    changes: {
      "a softmax that forgets its row": [
        "isRowwise(name) ? lastOf(x.shape) : undefined",
        "undefined",
        { tests: ["test/training/sequences.test.ts"] },
      ],
    },
  },
  {
    file: "src/layers/activation.ts",
    tests: ["test/formats/version-2.test.ts"],
    changes: {
      "version 1 for a softmax over the last axis of several": [
        "input.length > 1 && isRowwise(this.activation) ? 2 : 1",
        "1",
      ],
      "version 2 for activations of elements": [
        "input.length > 1 && isRowwise(this.activation) ? 2 : 1",
        "input.length > 1 ? 2 : 1",
      ],
    },
  },
  {
    file: "src/layers/random.ts",
    tests: [nn("regularization")],
    changes: {
      "dropout while it predicts": ["scope.training ? emitDropout", "true ? emitDropout"],
      "noise while it predicts": ["scope.training ? emitNoise", "true ? emitNoise"],
    },
  },
  {
    file: "src/layers/batch-normalization.ts",
    tests: [nn("normalization")],
    changes: {
      "the batch's moments in predicting": [
        "TRAINING && scope.training && scope.trainable",
        "TRAINING && scope.trainable",
      ],
      "the batch's moments where nothing is trainable": [
        "TRAINING && scope.training && scope.trainable",
        "TRAINING && scope.training",
      ],
      "statistics that stay": ["moveMoments(graph, x.value, batch, moving, momentum);", ""],
      "a digest without the mean": [
        'name: "movingMean", shape, initial: first(0), isTrained: true',
        'name: "movingMean", shape, initial: first(0)',
        { tests: ["test/training/running-statistics.test.ts"] },
      ],
      "a variance of 0 at first": ["initial: first(1)", "initial: first(0)"],
    },
  },
  {
    file: "src/layers/normalization.ts",
    tests: [nn("normalization")],
    changes: {
      "axes in the middle": [
        "fromEnd.every((axis, i) => axis === i + 1)",
        "fromEnd.every((axis) => axis > 0)",
      ],
      "axes from the front off by one": ["input.length + 1 - axis", "input.length - axis"],
      "RMS normalization that is centred": [
        'const centre = type === "layerNormalization";',
        "const centre = true;",
      ],
    },
  },
  {
    file: "src/layers/affine.ts",
    tests: [nn("normalization")],
    changes: {
      "factors of 0 at first": ['"gammaRegularizer", 1)', '"gammaRegularizer", 0)'],
      "factors all the same": ["gamma: scale ?", "gamma: true ?"],
      "summands all the same": ["beta: center ?", "beta: mayShift ?"],
    },
  },
  {
    file: "src/layers/scaling.ts",
    tests: [nn("scaling")],
    changes: {
      "mean and deviation exchanged": ["x.value, means, deviations)", "x.value, deviations, means)"],
    },
  },
  {
    file: "src/layers/reshape.ts",
    tests: [network("heads")],
    changes: {
      "a loss fused with what the activation gives": [
        "logits: emit(graph, origin.logits, shape)",
        "logits: value",
      ],
      "a flatten to the first axis": ["this.shape ?? [x.value.size]", "this.shape ?? [x.shape[0]]"],
    },
  },
  {
    file: "src/layers/initializer.ts",
    tests: [nn("network")],
    changes: {
      "glorot of the inputs alone": ["2 / (fanIn + fanOut)", "1 / fanIn"],
      "a uniform distribution of a third of the variance": ["deviation * Math.sqrt(3)", "deviation"],
      "the same numbers for every parameter": [
        "new RandomStream(seed, purposes.initializer, index)",
        "new RandomStream(seed, purposes.initializer, 0)",
      ],
    },
  },
  {
    file: "src/layers/layer.ts",
    tests: [network("layers"), "test/model/transfer.test.ts"],
    changes: {
      "a frozen layer that trains": ["trainable: false }) : this;", "trainable: true }) : this;"],
      "a frozen layer of one tensor": ["return this.of.arity;", "return [1, 1];"],
      "a copy without a bias for what is folded": ["return this.of.withBias();", "return undefined;"],
      "an output that depends on no input": ["if (!value.batched)", "if (false)"],
      "a tensor that is none": ["if (wrong >= 0)", "if (false)"],
    },
  },
  {
    file: "src/layers/scope.ts",
    tests: [network("layers")],
    changes: {
      "one stream for all layers": ["stream: index + drawn * STREAMS, key", "stream: drawn * STREAMS, key"],
      "one stream for all that a layer draws": ["stream: index + drawn * STREAMS, key", "stream: index, key"],
      "the second stream for all that a layer draws later": [
        "this.draws.set(index, drawn + 1);",
        "this.draws.set(index, 1);",
      ],
      "layers within a frozen one learn": ["this.trainable && layer.trainable,", "layer.trainable,"],
      "frozen layers within another learn": ["this.trainable && layer.trainable,", "this.trainable,"],
      "a name that another layer has": ["!known || this.owners.get(name) !== owner", "!known"],
      "a shared layer on another shape": ["if (known.spec.shape.join() === shape.join()) return", "return"],
      "an inner layer that is used twice has two sets of weights": [
        "this.inner.set(layer, name);",
        "this.inner.set({}, name);",
      ],
      "an inner layer without its name": ["layer.name ?? String(this.inner.size)", "String(this.inner.size)"],
      "a layer that asks for one name twice": ["if (this.own.has(name))", "if (false)"],
    },
  },
  {
    file: "src/network/pass.ts",
    tests: [network("heads")],
    changes: {
      "a loss of logits from outputs": ["logits[i] && origin ? origin.logits : value", "value"],
      "a loss of outputs from logits": [
        "logits[i] && origin ? origin.logits : value",
        "origin ? origin.logits : value",
      ],
      "the logits of the first output for all": ["(logits[i] && origin ?", "(logits[0] && origin ?"],
      "an explicit pass that writes over its outputs": [
        "[...this.heads, ...masks, ...states, ...ofOutputs]",
        "[...this.heads, ...masks, ...states]",
        { tests: [nn("gradients"), network("passes")] },
      ],
      "what a second backward reads not kept": [
        "kept.push(...readByBackward(graph, forward));",
        "",
        { tests: [network("passes")] },
      ],
      "gradients of frozen parameters": [
        ".filter(([, { trainable }]) => trainable)",
        ".filter(() => true)",
        { tests: [network("passes")] },
      ],
      "the gradients of inputs computed where nobody asks": [
        "rows, ofInputs ? undefined : this.onlyForInputs);",
        "rows);",
        { tests: [network("passes")] },
      ],
      "every gradient at the front of the slab": [
        "slab + plan.address(parameter) - weights",
        "slab",
        { tests: [nn("gradients")] },
      ],
      "gradients placed once for all slabs": [
        "if (slab !== this.slab) this.placeGradients(slab);",
        "if (this.slab === 0) this.placeGradients(slab);",
        { tests: [network("gradients")] },
      ],
    },
  },
  {
    file: "src/network/trace.ts",
    tests: [network("heads")],
    changes: {
      "an output that is an input in the caller's memory": [
        'graph.values[value.id].kind === "activation" ? value :',
        "true ? value :",
      ],
      "frozen layers that learn": [
        "Math.max(index, 0), layer.trainable,",
        "Math.max(index, 0), true,",
        { tests: [network("layers")] },
      ],
      "one index for all layers": ["Math.max(index, 0), layer", "0, layer", { tests: [network("layers")] }],
      "dropout while it predicts": [
        "new Scope(registry, training, layer,",
        "new Scope(registry, true, layer,",
        { tests: [nn("regularization")] },
      ],
    },
  },
  {
    file: "src/network/gradients.ts",
    tests: [network("gradients")],
    changes: {
      "gradients added while they are computed": [
        "this.kernels.add(slab, addend, slab, this.length);",
        "this.kernels.add(slab, slab, slab, this.length);",
      ],
      "gradients that are added and replace": [
        "    pass.backward(rows, addend, ofInputs);",
        "    pass.backward(rows, slab, ofInputs);",
      ],
      "gradients of some tensors left out of the sum": [
        "this.kernels.add(slab, addend, slab, this.length);",
        "this.kernels.add(slab, addend, slab, this.length - 4);",
      ],
      "gradients that begin with what was there": ["    this.kernels.zero(slab, this.length);", ""],
      "a new block for each backward": ["this.addend ||= this.zeros();", "this.addend = this.zeros();"],
      "bytes of one slab": ["Number(this.sum !== 0) + Number(this.addend !== 0)", "1"],
      "some gradients left as they were": [
        "this.kernels.zero(this.slab, this.length);",
        "this.kernels.zero(this.slab, this.length - 4);",
      ],
      "gradients that are not looked at to the last": [
        "kernels.largestMagnitude(this.slab, this.length) === 0",
        "kernels.largestMagnitude(this.slab, 4) === 0",
      ],
    },
  },
  {
    file: "src/network/trainable.ts",
    tests: [nn("network"), nn("gradients")],
    changes: {
      "gradients that are not zeroed": ["    this.gradients.zero();", ""],
      "running statistics that a loop of one's own leaves": [
        "pass.updateBuffers(rows);",
        "",
        { tests: [nn("normalization")] },
      ],
      "a backward after a predict": ["this.trained = undefined;", ""],
      "gradients that replace": [
        "const replaces = this.gradients.areZero();",
        "const replaces = true;",
        { tests: [network("gradients")] },
      ],
      "gradients that are added to zeros": [
        "const replaces = this.gradients.areZero();",
        "const replaces = false;",
        { tests: [network("gradients")] },
      ],
      "memory for a second backward beside the first": [
        "this.gradients.reserve(!replaces);",
        "this.gradients.reserve(true);",
        { tests: [network("gradients")] },
      ],
      "gradients of inputs with those that replace": [
        "this.gradients.replace(pass, rows, inputGradient);",
        "this.gradients.replace(pass, rows);",
        { tests: [network("passes")] },
      ],
      "gradients of inputs with those that add": [
        "this.gradients.add(pass, rows, inputGradient);",
        "this.gradients.add(pass, rows);",
        { tests: [network("passes")] },
      ],
      "a model's own output where the next run writes": [
        "x.isOf(this.outputOwner) ? x.data.slice() : x;",
        "x;",
        { tests: [nn("ownership")] },
      ],
      "the slope of a head from the output": [
        'saves === "input" ? heads[i] : outputs[i].value',
        "outputs[i].value",
      ],
      "the slope of a head from the logits": ['saves === "input" ? heads[i] : outputs[i].value', "heads[i]"],
      "a head that is an output beside one that is not": [
        "if (heads[i].id === outputs[i].value.id) {",
        "if (heads[0].id === outputs[0].value.id) {",
        { tests: [network("heads")] },
      ],
      "the last gradient for every head": [
        "this.setHeadGradient(trained, i, given[i]);",
        "this.setHeadGradient(trained, i, given[given.length - 1]);",
        { tests: [network("heads")] },
      ],
      "gradients of one output for two": [
        "!Array.isArray(given) || given.length !== this.outputs.length",
        "!Array.isArray(given)",
        { tests: [network("heads")] },
      ],
      "what a loss remembers of one head for another": [
        "remembered[i] = { byOutput, byLogit };",
        "remembered[0] = { byOutput, byLogit };",
        { tests: [network("heads")] },
      ],
      "the gradient of the first input for all": [
        "pass.plan.address(value), rows, this.inputSizes[i]",
        "pass.plan.address(pass.inputGradients[0]), rows, this.inputSizes[i]",
        { tests: [network("heads")] },
      ],
      "the matrix of one input alone remembered": [
        "for (const { matrix } of samples) if (matrix) matrices.push",
        "for (const { matrix } of samples.slice(0, 1)) if (matrix) matrices.push",
        { tests: [network("heads")] },
      ],
      "a step that is named alone": [
        "if (step !== undefined) this.namedStep = step + 1;",
        "",
        { tests: life },
      ],
      "a named step that fit goes on with": ["this.namedStep = undefined;", "", { tests: life }],
      "the key of the first epoch": ["writeKey(step, epoch,", "writeKey(step, 0,", { tests: life }],
      "the key of the first step": ["writeKey(step, epoch,", "writeKey(0, epoch,", { tests: life }],
      "one key for all layers": [
        "this.stream(keys[i].stream)",
        "this.stream(keys[0].stream)",
        { tests: life },
      ],
      "numbers that do not depend on the seed": [
        "new RandomStream(this.seed, purposes.layer, index)",
        "new RandomStream(0, purposes.layer, index)",
        { tests: life },
      ],
      "the same step again": ["this.lifeStep = step + 1;", "this.lifeStep = step;", { tests: life }],
      "a step of long ago that takes the life back": [
        "epoch === this.lifeEpoch && step >= this.lifeStep",
        "epoch === this.lifeEpoch",
        { tests: life },
      ],
      "a step of a later epoch that comes again": ["epoch > this.lifeEpoch || ", "", { tests: life }],
      "an epoch that steps were taken in begun again": [
        "this.lifeStep > 0 ? this.lifeEpoch + 1 : this.lifeEpoch",
        "this.lifeEpoch",
        { tests: life },
      ],
      "an epoch before the one that is asked for": [
        "this.lifeStep > 0 ? this.lifeEpoch + 1 : this.lifeEpoch, least)",
        "this.lifeStep > 0 ? this.lifeEpoch + 1 : this.lifeEpoch, 0)",
        { tests: life },
      ],
      "an epoch that begins in its middle": ["    this.lifeStep = 0;", "", { tests: life }],
    },
  },
  {
    file: "src/network/network.ts",
    tests: [nn("network")],
    changes: {
      "every chunk at the front of the outputs": ["out.set(given, begin * size);", "out.set(given);"],
      "a matrix's chunks all its first rows": [
        "rows.matrix.pointer + begin * size * 4",
        "rows.matrix.pointer",
      ],
      "chunks of numbers all the first rows": ["* size), begin, end);", "* size), 0, end - begin);"],
      "samples where the matrix before them was": ["      plan.set(inputs[i], at);", ""],
      "all inputs in the place of the first": [
        "at = plan.room(inputs[i]);",
        "at = plan.room(inputs[0]);",
        { tests: [network("heads")] },
      ],
      "a disposed model that runs": ["if (this.slabOwner.generation > 0) throw", "if (false) throw"],
      "the pass of fit for that of backward": ["Number(explicit)", "0", { tests: [network("passes")] }],
      "the pass that predicts for that of training": [
        "Number(training)",
        "0",
        { tests: [nn("regularization")] },
      ],
      "one pass for outputs and logits": ['logits.map(Number).join("")', '""', { tests: [network("heads")] }],
      "outputs that are good after the memory has moved": [
        "if (pass.plan.reserve(rows)) this.invalidate();",
        "pass.plan.reserve(rows);",
        { tests: [network("passes")] },
      ],
      "outputs that are good after a run": [
        "pass.forward(rows);",
        "this.outputOwner.generation--; pass.forward(rows);",
      ],
      "the label of one input for another": [
        "return this.inputLabels[input];",
        "return this.inputLabels[0];",
        { tests: ["test/model/errors.test.ts"] },
      ],
      "inputs of different lengths": ["rows !== all[0].rows);", "false);", { tests: [network("heads")] }],
      "an array for one output alone": [
        "Array.isArray(given) && given.length === this.outputs.length",
        "Array.isArray(given)",
        { tests: [network("heads")] },
      ],
      "the size of the first output for all": [
        "const size = this.outputSizes[i];",
        "const size = this.outputSizes[0];",
        { tests: [network("heads")] },
      ],
    },
  },
  {
    file: "src/network/rows.ts",
    tests: [nn("network")],
    changes: {
      "flat numbers from the first row": [
        "to[i - begin * cols] = flat[i];",
        "to[i - begin * cols] = flat[i - begin * cols];",
      ],
      "a typed array from the first row": [
        ".subarray(begin * cols, end * cols)",
        ".subarray(0, (end - begin) * cols)",
      ],
      "rows of another length": ["if (row.length === cols) continue;", "if (row.length >= cols) continue;"],
    },
  },
  {
    file: "src/network/matrix-rows.ts",
    tests: [nn("network"), "test/training/batches.test.ts"],
    changes: {
      "a matrix from its first row": [
        "subarray(begin * this.cols, end * this.cols)",
        "subarray(0, (end - begin) * this.cols)",
      ],
      "a matrix of other columns": ["if (values.cols !== cols)", "if (values.cols < cols)"],
    },
  },
  {
    file: "src/network/layout.ts",
    tests: [nn("network")],
    changes: {
      "tensors that overlap": [
        "length += Math.ceil(sizeOf(shape) / 4) * 4;",
        "length += Math.floor(sizeOf(shape) / 4) * 4;",
      ],
    },
  },
  {
    file: "src/network/weights.ts",
    tests: [network("layers")],
    changes: {
      "frozen parameters that stay 0": ["of [...this.learned, ...this.frozen])", "of this.learned)"],
      "frozen parameters over those that learn": [
        "this.fixedSlab = this.slab + this.layout.length * 4;",
        "this.fixedSlab = this.slab;",
      ],
      "tensors that begin with what was there": [
        "backend.floats(this.slab, this.length).fill(0);",
        "",
        { tests: [network("passes")] },
      ],
      "the place among those that learn for that among all": [
        "this.learned = all.filter(({ trainable }) => trainable);",
        "this.learned = all.filter(({ trainable }) => trainable).map((spec, index) => ({ ...spec, index }));",
      ],
    },
  },
  {
    file: "src/network/paired-gradient.ts",
    tests: ["test/training/pairs.test.ts"],
    changes: {
      "the factor left out": ["out[i] = factor * byLogit[i];", "out[i] = byLogit[i];"],
      "rows by the activation alone": [
        "if (ofRow !== undefined) scale(ofRow, begin, begin + cols);",
        "if (ofRow !== undefined) {}",
      ],
      "elements by the activation alone": ["else if (each)", "else if (false)"],
      "multiples that are off by a hundredth": [
        "off <= ROUNDING * Math.abs(expected)",
        "off <= 0.01 * Math.abs(expected)",
      ],
    },
  },
  {
    file: "src/network/penalties.ts",
    tests: [nn("regularization")],
    changes: {
      "penalties on the first tensor": ["this.weights.slab + at,", "this.weights.slab,"],
      "penalties in the gradients of the first tensor": [
        "this.weights.slab + at, gradients + at,",
        "this.weights.slab + at, gradients,",
      ],
      "norms of rows": [
        "kernels.sumRows(squares, norms, size / cols, cols, 0, cols);",
        "kernels.sumRows(squares, norms, cols, size / cols, 0, size / cols);",
      ],
      "norms of large weights in float32": [
        "this.correctExcess(weights, norms, size / cols, cols, maxNorm);",
        "",
      ],
      "bits that change in columns within the norm": [
        "if (kernels.sum(norms, cols) !== cols)",
        "if (kernels.sum(norms, cols) > cols + 1)",
      ],
    },
  },
  {
    file: "src/network/tensor-layer.ts",
    tests: ["test/model/transfer.test.ts"],
    changes: {
      "the first layer whose name begins alike": ["name.length > layers[owner].name.length", "false"],
    },
  },
  {
    file: "src/network/structure.ts",
    tests: [network("heads")],
    changes: {
      "one set of weights for a layer that stands twice in a list": [
        "seen.has(given) ? new LayerCopy(given) : given",
        "given",
        { tests: [network("layers")] },
      ],
      "calls the last first": ["a.order - b.order", "b.order - a.order"],
      "an index for a layer that reading an old file puts in": [
        "unnumbered.has(layer) ? -1 : index++",
        "index++",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "a flatten with a number of its own": [
        "if (each !== layer) unnumbered.add(each);",
        "",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "the shape of the first layer's input for all": [
        "expand(layer, output.shape)",
        "expand(layer, input.shape)",
        { tests: ["test/formats/version-1.test.ts"] },
      ],
      "a layer that is used twice in two places": [
        "places.set(layer, place);",
        "",
        { tests: [network("layers")] },
      ],
      "an input that no output uses": ["  if (unused)", "  if (false)"],
      "an input twice": ["if (new Set(inputs).size < inputs.length)", "if (false)"],
      "outputs that need another input": ["if (!tensor.call && !inputs.includes(tensor))", "if (false)"],
      "labels for several outputs": ["  if (outputs.length > 1)", "  if (false)"],
      "outputs without the names of their layers": ["call?.layer.name ?? name ??", "name ??"],
    },
  },
];
