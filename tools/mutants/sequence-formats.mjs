const onnx = ["test/formats/onnx/attention.test.ts"];
const tfjs = ["test/formats/tfjs-sequences.test.ts"];
const torch = ["test/formats/torch-attention.test.ts"];
const kernels = ["test/kernels/recurrent.test.ts"];

/** Mutants of embeddings, attention and other forms of recurrent layers in files, and of their kernels. */
export const sequenceFormats = [
  {
    file: "assembly/reset-before.ts",
    tests: kernels,
    changes: {
      "a reset gate left out": [
        "lane.write<T>(inner + i * size + at, lane.mul<T>(reset, h), part);",
        "lane.write<T>(inner + i * size + at, h, part);",
      ],
      "an update gate the other way round": [
        "lane.mul<T>(update, lane.sub<T>(h, n))",
        "lane.mul<T>(update, lane.sub<T>(n, h))",
      ],
      "a state that gets nothing through the reset gate": [
        "lane.add<T>(lane.read<T>(past + place, part), lane.mul<T>(d, reset));",
        "lane.read<T>(past + place, part);",
      ],
      "padding that passes no gradient": ["lane.write<T>(past + place, dh, part);", ""],
      "a state of the wrong step": [
        "const back: usize = reverse ? t + 1 : t - 1;",
        "const back: usize = t - 1;",
      ],
    },
  },
  {
    file: "assembly/cells.ts",
    tests: kernels,
    changes: {
      "a hard gate without a half": [
        "lane.madd<T>(lane.splat<T>(slope), z, lane.splat<T>(0.5));",
        "lane.mul<T>(lane.splat<T>(slope), z);",
      ],
      "a hard gate that has no end": [
        "return lane.select<T>(isOpen, lane.splat<T>(slope), zero);",
        "return lane.splat<T>(slope);",
      ],
    },
  },
  {
    file: "src/ops/recurrent.ts",
    tests: ["test/nn/recurrent.test.ts"],
    changes: {
      "the state for what the reset gate leaves of it": ['cell === "gruResetBefore" ? kept : NONE', "NONE"],
      "the wrong block of what is kept": ["at[inner.id] + 4 * 3 * units", "at[inner.id]"],
    },
  },
  {
    file: "src/layers/recurrent.ts",
    tests: ["test/nn/recurrent.test.ts", "test/formats/tfjs-recurrent.test.ts"],
    changes: {
      "gates that are all sigmoids": ['recurrentActivation === "hardSigmoid" ? (slope as number) : 0', "0"],
      "a bias of its own for every GRU": ['type === "gru" && resetAfter !== false', 'type === "gru"'],
    },
  },
  {
    file: "src/files/torch-attention.ts",
    tests: torch,
    changes: {
      "weights that are not transposed": [
        "places[at++] = begin + i * columns + j;",
        "places[at++] = begin + j * columns + i;",
      ],
      "one tensor for other features": ["...(sameInputs", "...(true"],
      "blocks without what is in them": [
        "if (block !== undefined) blocks.add(block);",
        "if (block === undefined) blocks.add(block);",
      ],
      "any size of the heads": ["if (wrong)", "if (false)"],
      "rotary positions in PyTorch": ["if (rotary !== undefined && rotary !== false)", "if (false)"],
    },
  },
  {
    file: "src/interop/tfjs/layers/sequences.ts",
    tests: tfjs,
    changes: {
      "no padding": ["isMasked && { paddingIndex: 0 }", "false && {}"],
      "keys for values": ['part === "value" ? valueSize : keySize', "keySize"],
      "a mask of its own in the call": ["if (place && !place.empty && place.value !== false)", "if (false)"],
      "an output of another size": ["if (!place.empty && !isDefault)", "if (false)"],
      "queries that see all keys": ["...(causal && { causal }),", ""],
    },
  },
  {
    file: "src/interop/tfjs/graph.ts",
    tests: tfjs,
    changes: {
      "more tensors than attention takes": [
        'if (placed.length > 0) throw node.error("expected a query',
        'if (false) throw node.error("expected a query',
      ],
    },
  },
  {
    file: "src/interop/tfjs/export/masks.ts",
    tests: tfjs,
    changes: {
      "masks that end with the first layer": [
        "if (keep.includes(type)) return { ...output, masked: true };",
        "if (keep.includes(type)) return output;",
      ],
      "masks that all layers take": ["if (!take.includes(type))", "if (false)"],
    },
  },
  {
    file: "src/interop/tfjs/export/sequences.ts",
    tests: tfjs,
    changes: { "any index as padding": ["paddingIndex !== undefined && paddingIndex !== 0", "false"] },
  },
  {
    file: "src/interop/onnx/folded.ts",
    tests: onnx,
    changes: {
      "factors that are split the other way": [
        "fromBack ? [own / part, part] : [part, own / part]",
        "[own / part, part]",
      ],
      "0 for the batch alone": ["regrouped(folded, copied, batch) ?? ", ""],
      "0 for the size that is there alone": [" ?? regrouped(folded, shape, batch)", ""],
      "a factor where it is not": [
        "countOf(memory.slice(memory.indexOf(factor) + 1))",
        "countOf(memory.slice(1))",
      ],
    },
  },
  {
    file: "src/interop/onnx/operators/attention.ts",
    tests: onnx,
    changes: {
      "scores of another scale": ["q.scale * k.scale * found.scale", "q.scale * k.scale"],
      "queries of another scale": ["q.scale * k.scale * found.scale", "k.scale * found.scale"],
      "columns from the first on": ["weight[i * units + begin + j]", "weight[i * units + j]"],
      "the bias of the first columns": ["(j) => bias[begin + j]", "(j) => bias[j]"],
      "weights of the last product as they are": [
        "isTransposed ? j * inputs + i : i * units + j",
        "i * units + j",
      ],
      "no last bias": [
        'useBias) values["output.bias"] = outputBias?.values ?? new',
        'useBias) values["output.bias"] = new',
      ],
    },
  },
  {
    file: "src/interop/onnx/operators/scores.ts",
    tests: onnx,
    changes: {
      "any mask for the causal one": ["key > query ? value <= -1e4 : value === 0", "true"],
    },
  },
  {
    file: "src/interop/onnx/operators/sequences.ts",
    tests: onnx,
    changes: {
      "places that were learned for any": [
        "isSinusoid ? positionalEncoding() :",
        "true ? positionalEncoding() :",
      ],
      "tables along any axis": ["table.dims.length !== 2 || axis !== 0", "table.dims.length !== 2"],
    },
  },
  {
    file: "src/interop/onnx/operators/written-out.ts",
    tests: onnx,
    changes: {
      "a quotient the other way round": [
        "quotient.input[0] === x && quotient.input[1] === by",
        "quotient.input[1] === x",
      ],
    },
  },
  {
    file: "src/interop/onnx/export/attention.ts",
    tests: onnx,
    changes: {
      "scores that are not scaled": ["writer.number(1 / Math.sqrt(keySize))", "writer.number(1)"],
      "queries that see the next key": [
        "at % keys > Math.floor(at / keys)",
        "at % keys > Math.floor(at / keys) + 1",
      ],
    },
  },
];
