import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
} from "onnx-buf";
import { createBackend, FormatError, importOnnx } from "../support/published.js";
import { type Judge, largestDifference, type Row } from "./judge.js";

const NAME = "libonnx-testdata";
const ROOT = "/usr/share/libonnx-testdata/data";

/**
 * The operators that are read: a model of these alone, on floating-point numbers, is one that might come in.
 */
const operators = new Set(
  (
    "Abs Add AveragePool BatchNormalization Cast Celu Clip Concat Constant Conv ConvTranspose Div Dropout Elu " +
    "Erf Exp Flatten Gemm GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity InstanceNormalization " +
    "LayerNormalization LeakyRelu Log LogSoftmax MatMul Max MaxPool Mean Min Mish Mul Neg PRelu Pad Pow " +
    "Reciprocal ReduceMax ReduceMean Relu Reshape Resize Selu Sigmoid Slice Softmax Softplus Softsign Split " +
    "Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Upsample"
  ).split(" "),
);

interface Case {
  readonly name: string;
  readonly model: ModelProto;
  readonly input: TensorProto;
  readonly output: TensorProto;
}

/** The numbers of a tensor of float or double, as these files hold them. */
function floatsOf({ dataType, rawData, floatData, doubleData }: TensorProto): Float32Array {
  const { buffer } = rawData.slice();
  if (dataType === 11) return Float32Array.from(rawData.length > 0 ? new Float64Array(buffer) : doubleData);
  return rawData.length > 0 ? new Float32Array(buffer) : Float32Array.from(floatData);
}

const read = (folder: string, file: string) => new Uint8Array(readFileSync(`${folder}/${file}`));

/** Float and double, of the types that tensors have. */
const isFloat = (info: ValueInfoProto | undefined): boolean =>
  info?.type?.value.case === "tensorType" && [1, 11].includes(info.type.value.value.elemType);

/**
 * A case whose operators are known, on one value: what else its graph takes, such as the second operand, is
 * made a constant of it.
 */
function caseIn(folder: string, name: string): Case | undefined {
  const model = fromBinary(ModelProtoSchema, read(folder, "model.onnx"));
  const { graph } = model;
  if (!graph?.node.every(({ opType }) => operators.has(opType)) || !existsSync(`${folder}/test_data_set_0`))
    return undefined;
  const given = new Set(graph.initializer.map((tensor) => tensor.name));
  const [value, ...others] = graph.input.filter((input) => !given.has(input.name));
  if (!isFloat(value) || !isFloat(graph.output[0])) return undefined;
  // Training is random.
  if (graph.node.some(({ opType, input }) => opType === "Dropout" && input[2])) return undefined;
  const data = `${folder}/test_data_set_0`;
  const tensor = (file: string) => fromBinary(TensorProtoSchema, read(data, file));
  others.forEach((other, i) => {
    graph.initializer.push({ ...tensor(`input_${i + 1}.pb`), name: other.name });
  });
  graph.output.length = 1;
  const [input, output] = [tensor("input_0.pb"), tensor("output_0.pb")];
  // Some numbers in double are none in float32.
  if (![...floatsOf(input), ...floatsOf(output)].every(Number.isFinite)) return undefined;
  return { name, model, input, output };
}

/**
 * The models of ONNX's own tests that lanewise's layers can express come in and give the outputs that the
 * tests expect; all others are refused, with the reason.
 */
export const onnxTestdata: Judge = {
  name: NAME,
  packages: ["libonnx-testdata"],
  async version() {
    if (!existsSync(ROOT)) return undefined;
    return (
      spawnSync("dpkg-query", ["--show", NAME], { encoding: "utf8" }).stdout?.split(/\s/)[1] ||
      "of another source"
    );
  },
  rows: compare,
};

/**
 * A batch [batch, channels, ...positions] in the order of a sample of lanewise, which may have its channels
 * last: of axes of one size the shape does not tell.
 */
function orders(values: Float32Array, dims: readonly number[], shape: readonly number[]): Float32Array[] {
  const [batch, channels, ...positions] = dims;
  const asIs = shape.join() === dims.slice(1).join() || dims.length < 2;
  if (positions.length === 0 || shape.join() !== [...positions, channels].join()) return [values];
  const count = values.length / batch / channels;
  const turned = values.map((_, i) => {
    const sample = Math.floor(i / (count * channels));
    const [place, channel] = [Math.floor(i / channels) % count, i % channels];
    return values[(sample * channels + channel) * count + place];
  });
  return asIs ? [values, turned] : [turned];
}

async function compare(version: string): Promise<Row[]> {
  const folders = readdirSync(ROOT).flatMap((kind) =>
    readdirSync(`${ROOT}/${kind}`).map((name) => `${kind}/${name}`),
  );
  const cases = folders.flatMap((name) =>
    existsSync(`${ROOT}/${name}/model.onnx`) ? (caseIn(`${ROOT}/${name}`, name) ?? []) : [],
  );
  const backend = await createBackend();
  const refused: string[] = [];
  const wrong: string[] = [];
  let agreed = 0;
  for (const { name, model, input, output } of cases) {
    try {
      const network = importOnnx(backend, toBinary(ModelProtoSchema, model));
      const inputs = orders(floatsOf(input), input.dims.map(Number), network.inputShape);
      const outputs = orders(floatsOf(output), output.dims.map(Number), network.outputShape);
      const difference = Math.min(
        ...inputs.flatMap((x) => outputs.map((y) => largestDifference(network.predict(x), y))),
      );
      network.dispose();
      if (difference <= 1e-5) agreed++;
      else wrong.push(`${name}: largest difference ${difference}`);
    } catch (error) {
      (error instanceof FormatError ? refused : wrong).push(
        `${name}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  backend.dispose();
  for (const line of wrong) console.error(line);
  if (process.argv.includes("--refused")) for (const line of refused) console.log(line);
  const row: Row = {
    judge: NAME,
    version,
    what: `of ${folders.length} models, the ${cases.length} that have but known operators on one value that float32 holds`,
    found: `${agreed + wrong.length} suitable, ${agreed} of them within 1e-5; ${refused.length} refused, with the node`,
    holds: wrong.length === 0 && agreed > 0,
  };
  return [row];
}
