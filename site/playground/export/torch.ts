import { sceneOf } from "../data/index.js";
import { type ActivationChoice, inWords, type Recipe, stagesOf } from "../recipe.js";
import { portsInWords } from "./formats.js";
import { rowsOf, wrapped } from "./words.js";

/** The modules of PyTorch that compute the same. */
const modules: Readonly<Record<ActivationChoice, string>> = {
  tanh: "Tanh()",
  relu: "ReLU()",
  sigmoid: "Sigmoid()",
  leakyRelu: "LeakyReLU(0.01)",
  elu: "ELU()",
  gelu: "GELU()",
  silu: "SiLU()",
  softsign: "Softsign()",
};

/** Samples that the script checks itself with. */
export const CHECKED = 3;

/** A script that loads the state_dict `file`. `outputs` are the network's for the first samples. */
export function torchScript(recipe: Recipe, file: string, outputs: Float32Array): string {
  const { training } = sceneOf(recipe.scene).samples(recipe);
  const rows = Math.min(CHECKED, training.rows);
  const { side, units } = stagesOf(recipe)[0].from;
  return [
    ...wrapped(`${inWords(recipe)} ${portsInWords(recipe)}`, 106).map((line) => `# ${line}`),
    "import torch",
    "from safetensors.torch import load_file",
    "",
    "model = torch.nn.Sequential(",
    ...sequenceOf(recipe).map((module) => `    torch.nn.${module},`),
    ")",
    `model.load_state_dict(load_file("${file}"))`,
    "model.eval()",
    "",
    "# The first samples, and what lanewise answers to them.",
    ...tensor("x", rowsOf(training.x.subarray(0, rows * recipe.inputs.length), rows)),
    // PyTorch has the channels of an image before its rows and columns.
    ...(side > 1 ? [`x = x.reshape(-1, ${units}, ${side}, ${side})`] : []),
    ...tensor("answers", rowsOf(outputs, rows)),
    "torch.testing.assert_close(model(x), answers)",
    "print(model(x))",
    "",
  ].join("\n");
}

/** What makes the modules of the model. */
function sequenceOf(recipe: Recipe): string[] {
  return stagesOf(recipe).flatMap((stage, i, { length }) => {
    const { kind, from, units, window } = stage;
    const drops = kind === "dense" && i < length - 1 && recipe.dropout > 0;
    const inputs = from.units * from.side * from.side;
    return [
      ...(kind === "dense" && from.side > 1 ? ["Flatten()"] : []),
      kind === "pool"
        ? `MaxPool2d(${window})`
        : kind === "dense"
          ? `Linear(${inputs}, ${units})`
          : `Conv2d(${from.units}, ${units}, ${window}, padding="same")`,
      ...(stage.activation === "linear" ? [] : [modules[stage.activation]]),
      ...(drops ? [`Dropout(${recipe.dropout})`] : []),
    ];
  });
}

const tensor = (name: string, rows: readonly (readonly string[])[]): string[] => [
  `${name} = torch.tensor([`,
  ...rows.flatMap((row) => wrapped(`[${row.join(", ")}],`, 100).map((line) => `    ${line}`)),
  "])",
];
