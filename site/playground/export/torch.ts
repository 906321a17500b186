import { sceneOf } from "../data/index.js";
import { type ActivationChoice, inWords, type Recipe, shapeOf } from "../recipe.js";
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
  const { layers, dropout } = recipe;
  const shape = shapeOf(recipe);
  const { training } = sceneOf(recipe.scene).samples(recipe);
  const rows = Math.min(CHECKED, training.rows);
  const sequence = [
    ...layers.flatMap(({ activation }, i) => [
      `Linear(${shape[i]}, ${shape[i + 1]})`,
      modules[activation],
      ...(dropout > 0 ? [`Dropout(${dropout})`] : []),
    ]),
    `Linear(${shape[layers.length]}, ${shape[layers.length + 1]})`,
  ];
  return [
    ...wrapped(`${inWords(recipe)} ${portsInWords(recipe)}`, 106).map((line) => `# ${line}`),
    "import torch",
    "from safetensors.torch import load_file",
    "",
    "model = torch.nn.Sequential(",
    ...sequence.map((module) => `    torch.nn.${module},`),
    ")",
    `model.load_state_dict(load_file("${file}"))`,
    "model.eval()",
    "",
    "# The first samples, and what lanewise answers to them.",
    ...tensor("x", rowsOf(training.x.subarray(0, rows * recipe.inputs.length), rows)),
    ...tensor("answers", rowsOf(outputs, rows)),
    "torch.testing.assert_close(model(x), answers)",
    "print(model(x))",
    "",
  ].join("\n");
}

const tensor = (name: string, rows: readonly (readonly string[])[]): string[] => [
  `${name} = torch.tensor([`,
  ...rows.flatMap((row) => wrapped(`[${row.join(", ")}],`, 100).map((line) => `    ${line}`)),
  "])",
];
