import { reasonOf } from "../core/source.js";

/** What a file is. */
export type FileKind =
  | "checkpoint"
  | "model"
  | "stateDict"
  | "onnx"
  | "tfjs"
  | "brain"
  | "damagedJson"
  | "json"
  | "text"
  | "other";

/** A file that was recognised. */
export interface RecognizedFile {
  readonly kind: FileKind;
  /** A noun with its article, for messages: "an HTML page". */
  readonly what: string;
  /** What to do with it. */
  readonly advice: string;
}

const TORCH =
  "in Python, write the weights with safetensors.torch.save_file(model.state_dict(), path) for " +
  "lanewise import and loadWeights, or the whole model with torch.onnx.export for importOnnx";
const KERAS = "in Python, convert the model with tensorflowjs.converters.save_keras_model for importTfjs";
const TENSORFLOW =
  "load the Keras model that it comes from and convert that with " +
  "tensorflowjs.converters.save_keras_model for importTfjs, or convert it with tf2onnx for importOnnx";
const ARRAYS = "in Python, write the arrays with safetensors.numpy.save_file for loadWeights";
const ADDRESS = "check the address, and that the server lets you read the file";
const AGAIN = "get the file again";

type Signature = readonly [begin: RegExp, what: string, advice: string, kind?: FileKind];

/** A pattern for what a file begins with, in which a dot is any character, and letters have no case. */
const begins = (...pattern: Parameters<typeof String.raw>) =>
  new RegExp(`^(?:${String.raw(...pattern)})`, "is");

/**
 * What files of other formats begin with, one character a byte. Text that was decoded as UTF-8 has U+FFFD in
 * the place of a byte above 127. A function, so that a bundler leaves it out of programs that read no files.
 */
const signatures = (): readonly Signature[] => [
  [begins`\s*$`, "an empty file", AGAIN],
  [begins`\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b`, "an HTML page", ADDRESS],
  [begins`\s*<(\?xml|Error>)`, "an XML document", ADDRESS],
  [begins`version https://git-lfs`, "a Git LFS pointer", "run git lfs pull in its repository"],
  [begins`\x1f[\x8b\ufffd]`, "a gzip file", "decompress it first, with gunzip or a DecompressionStream"],
  [begins`[\x89\ufffd]HDF\r?\n\x1a`, "an HDF5 file, as Keras writes under .h5", KERAS],
  [begins`[\x93\ufffd]NUMPY`, "a NumPy array (.npy)", ARRAYS],
  [begins`.{4}TFL3`, "a TensorFlow Lite model", TENSORFLOW],
  [begins`\x08\x01\x12[\x80-\xff\ufffd]*.\n`, "a TensorFlow SavedModel (.pb)", TENSORFLOW],
  [begins`\n.{1,3}\n.{1,400}Placeholder`, "a graph of TensorFlow (.pb)", TENSORFLOW],
  [begins`[\x80\ufffd]\x02[\x8a\ufffd]\nl`, "a PyTorch file of a version before 1.6", TORCH],
  [begins`[\x80\ufffd][\x02-\x05]`, "a Python pickle", TORCH],
  [begins`GGUF`, "a GGUF file of llama.cpp", "lanewise has no such models"],
  [
    begins`[\x89\ufffd]PNG|[\xff\ufffd]{2,}\xe0|GIF8|%PDF`,
    "an image or a document",
    "check which file it is",
  ],
  [
    begins`\x08[\x03-\x3f][\x12\x1a"(2:B]`,
    "an ONNX file",
    "importOnnx of lanewise/onnx reads it, on the command line lanewise import",
    "onnx",
  ],
];

/** What zip archives hold, by the names in them. */
const archives: readonly (readonly [name: RegExp, what: string, advice: string])[] = [
  [/\/code\/|constants\.pkl/, "a TorchScript file of PyTorch", TORCH],
  [/data\.pkl/, "a PyTorch file (.pt, .pth), a zip of pickles", TORCH],
  [/weights\.h5|config\.json/, "a Keras model (.keras)", KERAS],
  [/\.npy/, "a NumPy archive (.npz)", ARRAYS],
  [/(?:)/, "a zip archive", "unpack it first"],
];

/** Safetensors files, by the format that their metadata name. */
const tensorFiles: Readonly<Record<string, RecognizedFile>> = {
  "lanewise checkpoint": {
    kind: "checkpoint",
    what: "a checkpoint of lanewise",
    advice: "restoreCheckpoint reads it, and gives the model with its optimizer",
  },
  lanewise: { kind: "model", what: "a model of lanewise", advice: "loadModel reads it" },
};
const TENSORS: RecognizedFile = {
  kind: "stateDict",
  what: "a safetensors file of tensors alone, such as a state_dict of PyTorch",
  advice: 'loadWeights(model, file, { layout: "torch" }) reads it, on the command line lanewise import',
};

/** What a safetensors file is whose metadata name this format. */
export const tensorFileOf = (format: string | undefined): RecognizedFile =>
  format !== undefined && Object.hasOwn(tensorFiles, format) ? tensorFiles[format] : TENSORS;

/** The number of bytes to examine at the beginning and the end of a file. */
const HEAD = 4096;
/** No longer text is parsed to say what it is. */
const LONGEST_JSON = 1 << 26;

const latin = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** A text as a message shows it, on one line. */
const cut = (text: string) => JSON.stringify(text.trim().slice(0, 80));

/**
 * Recognizes a file by its content: bytes, their text, or the JSON in it. Undefined for content that could be
 * anything.
 */
export function recognize(file: Uint8Array | string | object): RecognizedFile | undefined {
  const bytes = file instanceof Uint8Array ? file : undefined;
  if (!bytes && typeof file !== "string") return recognizeJson(file);
  const head = (bytes ? latin(bytes.subarray(0, HEAD)) : (file as string).slice(0, HEAD)).replace(
    /^(\xef\xbb\xbf|\ufeff)/,
    "",
  );
  if (begins`\s*[{[]`.test(head)) return recognizeText(file as Uint8Array | string);
  if (bytes && begins`.{4}\0{4}\{`.test(head)) return recognizeSafetensors(bytes);
  if (begins`PK(\x03\x04|\x05\x06)`.test(head)) {
    const names = head + (bytes ? latin(bytes.subarray(-HEAD)) : (file as string).slice(-HEAD));
    const [, what, advice] = archives.find(([name]) => name.test(names)) ?? archives[0];
    return { kind: "other", what, advice };
  }
  const found = signatures().find(([begin]) => begin.test(head));
  if (found) {
    const [, what, advice, kind = "other"] = found;
    const [, title] = /<(?:title|Code)[^>]*>\s*([^<]*[^<\s])/i.exec(head) ?? [];
    return { kind, what: what + (title && /TML|XML/.test(what) ? ` (${cut(title)})` : ""), advice };
  }
  if (begins`[\t\r\n -~]{16,}$`.test(head))
    return { kind: "text", what: `a text file that begins ${cut(head)}`, advice: "check which file it is" };
  return undefined;
}

/** A safetensors file by the words in its header. */
function recognizeSafetensors(bytes: Uint8Array): RecognizedFile {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  return tensorFileOf(/"format":\s*"(lanewise(?: checkpoint)?)"/.exec(header)?.[1]);
}

function recognizeText(file: Uint8Array | string): RecognizedFile {
  if (file.length > LONGEST_JSON) return { kind: "json", what: "JSON", advice: "check which file it is" };
  const text = typeof file === "string" ? file : new TextDecoder().decode(file);
  try {
    return recognizeJson(JSON.parse(text.replace(/^\ufeff/, "")));
  } catch (error) {
    return {
      kind: "damagedJson",
      what: `JSON that is cut off or damaged (${reasonOf(error)})`,
      advice: AGAIN,
    };
  }
}

/** JSON that could be anything. */
export const UNKNOWN_JSON: RecognizedFile = {
  kind: "json",
  what: "JSON of another kind",
  advice: "check which file it is",
};

/** Recognizes JSON by its members. */
function recognizeJson(value: object): RecognizedFile {
  const member = (name: string, of: object = value): unknown =>
    Object.hasOwn(of, name) ? of[name as keyof typeof of] : undefined;
  const has = (name: string) => member(name) !== undefined && member(name) !== null;
  const topology = member("modelTopology");
  if (topology !== null && typeof topology === "object") {
    if (member("node", topology) === undefined) return TFJS;
    const what = "a graph model of TensorFlow.js, which has operators in the place of layers";
    return { kind: "json", what, advice: KERAS };
  }
  if (has("class_name") && has("config"))
    return { kind: "json", what: "the architecture of a Keras model without its weights", advice: KERAS };
  if (has("layers")) return BRAIN;
  const name = ["error", "message", "detail"].find(has);
  if (name === undefined) return UNKNOWN_JSON;
  const title = member(name);
  const text = title !== null && typeof title === "object" ? (member("message", title) ?? name) : title;
  const words = typeof text === "object" ? name : String(text);
  return { kind: "json", what: `a server's answer in JSON (${cut(words)})`, advice: ADDRESS };
}

const TFJS: RecognizedFile = {
  kind: "tfjs",
  what: "a model.json of TensorFlow.js",
  advice: "importTfjs of lanewise/tfjs reads it, on the command line lanewise import",
};
const BRAIN: RecognizedFile = {
  kind: "brain",
  what: "the JSON of brain.js",
  advice: "importBrain of lanewise/brain reads it, on the command line lanewise import",
};

/** "expected a model, got an HTML page; check the address": what a message says of a file of another kind. */
export const insteadOf = (expected: string, { what, advice }: RecognizedFile): string =>
  `expected ${expected}, got ${what}; ${advice}`;
