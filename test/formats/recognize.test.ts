import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { importBrain } from "../../src/brain.js";
import { recognize } from "../../src/files/recognize.js";
import { writeSafetensors } from "../../src/files/safetensors.js";
import {
  adam,
  createBackendSync,
  dense,
  FormatError,
  loadModel,
  loadWeights,
  restoreCheckpoint,
  Sequential,
  saveModel,
  torchStateDict,
} from "../../src/index.js";
import { loadModel as loadNetwork } from "../../src/inference.js";
import { exportOnnx, importOnnx } from "../../src/onnx.js";
import { exportTfjs, importTfjs } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";

/**
 * Files that people hand to the wrong function, or that are not what their name says. The first bytes are
 * those of the formats' own specifications.
 */

const backend = createBackendSync(on("scalar"));
const model = () => new Sequential(backend, { inputShape: 2, layers: [dense(1)] });
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);

/** A zip of empty files: local headers, then the central directory's end (PKWARE, APPNOTE.TXT). */
const zip = (...names: string[]) =>
  bytesOf(
    `${names
      .map((name) => `PK\x03\x04${"\0".repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`)
      .join("")}PK\x05\x06${"\0".repeat(18)}`,
  );

async function checkpointFile(): Promise<Uint8Array> {
  const trained = model();
  const optimizer = adam();
  await trained.fit([[1, 2]], [1], { loss: "meanSquaredError", optimizer, epochs: 1 });
  return trained.checkpoint(optimizer);
}

const tfjs = utf8(exportTfjs(model())["model.json"]);
const brain = utf8('{"layers":[{"a":{}},{"b":{"bias":1,"weights":{"a":2}}}],"activation":"relu"}');
const files: Record<string, [file: Uint8Array, what: string, advice: string]> = {
  "an empty file": [new Uint8Array(), "an empty file", "get the file again"],
  "a page that says 404": [
    utf8("\n<!DOCTYPE html>\n<html><head><title>404 Not Found</title>"),
    'an HTML page ("404 Not Found")',
    "check the address",
  ],
  "a page without a doctype": [
    utf8("<html><body>Sign in</body></html>"),
    "an HTML page",
    "check the address",
  ],
  "a storage server's refusal": [
    utf8('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    'an XML document ("AccessDenied")',
    "check the address",
  ],
  "a server's error": [
    utf8('{"error":{"code":404,"message":"no such model"}}'),
    'a server\'s answer in JSON ("no such model")',
    "check the address",
  ],
  "a pointer of Git LFS": [
    utf8("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n"),
    "a Git LFS pointer",
    "git lfs pull",
  ],
  "a gzip file": [new Uint8Array(gzipSync("anything")), "a gzip file", "decompress it first"],
  "torch.save since 1.6": [
    zip("archive/data.pkl", "archive/version", "archive/data/0"),
    "a PyTorch file (.pt, .pth)",
    "safetensors.torch.save_file",
  ],
  "torch.jit.save": [zip("m/data.pkl", "m/code/__torch__.py"), "a TorchScript file", "torch.onnx.export"],
  "torch.save before 1.6": [
    bytesOf("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."),
    "a PyTorch file of a version before 1.6",
    "safetensors.torch.save_file",
  ],
  "a pickle": [bytesOf("\x80\x04\x95\x10\0\0\0\0\0\0\0}."), "a Python pickle", "safetensors.torch.save_file"],
  "a .keras file": [
    zip("metadata.json", "config.json", "model.weights.h5"),
    "a Keras model (.keras)",
    "save_keras_model",
  ],
  "an .h5 file": [bytesOf(`\x89HDF\r\n\x1a\n${"\0".repeat(40)}`), "an HDF5 file", "save_keras_model"],
  "an .npy file": [bytesOf("\x93NUMPY\x01\0v\0{'descr': '<f4'"), "a NumPy array (.npy)", "save_file"],
  "an .npz file": [zip("weight.npy", "bias.npy"), "a NumPy archive (.npz)", "save_file"],
  "another zip": [zip("readme.txt"), "a zip archive", "unpack it first"],
  "a saved_model.pb": [
    bytesOf("\x08\x01\x12\xa4\x8a\x01\n\xa3\x02\n\x12serve"),
    "a TensorFlow SavedModel",
    "tf2onnx",
  ],
  "a .tflite file": [bytesOf("\x1c\0\0\0TFL3\x14\0 \0"), "a TensorFlow Lite model", "tf2onnx"],
  "Keras's to_json()": [
    utf8('{"class_name":"Sequential","config":{"name":"s","layers":[]},"keras_version":"2.15.0"}'),
    "the architecture of a Keras model without its weights",
    "save_keras_model",
  ],
  "a graph model of TensorFlow.js": [
    utf8('{"format":"graph-model","modelTopology":{"node":[]},"weightsManifest":[]}'),
    "a graph model of TensorFlow.js",
    "save_keras_model",
  ],
  "a table": [
    utf8("sepal_length,sepal_width,species\n5.1,3.5,setosa\n"),
    'a text file that begins "sepal_length,sepal_width',
    "check which file",
  ],
  "an ONNX file": [exportOnnx(model()), "an ONNX file", "importOnnx of lanewise/onnx"],
  "a model.json": [tfjs, "a model.json of TensorFlow.js", "importTfjs of lanewise/tfjs"],
  "brain.js": [brain, "the JSON of brain.js", "importBrain of lanewise/brain"],
  "a checkpoint": [await checkpointFile(), "a checkpoint of lanewise", "restoreCheckpoint reads it"],
  "a model of lanewise": [saveModel(model()), "a model of lanewise", "loadModel reads it"],
  "a state_dict": [torchStateDict(model()), "a safetensors file of tensors alone", 'layout: "torch"'],
};

const readers: Record<string, { own: readonly string[]; read: (file: Uint8Array) => unknown }> = {
  loadModel: { own: ["a model of lanewise"], read: (file) => loadModel(backend, file) },
  "loadModel of lanewise/inference": {
    own: ["a model of lanewise"],
    read: (file) => loadNetwork(backend, file),
  },
  "loadModel of a Response": {
    own: ["a model of lanewise"],
    read: (file) => loadModel(backend, new Response(file as Uint8Array<ArrayBuffer>)),
  },
  loadWeights: {
    own: ["a state_dict", "a model of lanewise"],
    read: (file) => loadWeights(model(), file, { layout: "torch" }),
  },
  restoreCheckpoint: { own: ["a checkpoint"], read: (file) => restoreCheckpoint(backend, file) },
  importOnnx: { own: ["an ONNX file"], read: (file) => importOnnx(backend, file) },
  "importTfjs of bytes": { own: ["a model.json"], read: (file) => importTfjs(backend, file, []) },
  "importTfjs of text": {
    own: ["a model.json"],
    read: (file) => importTfjs(backend, new TextDecoder().decode(file), []),
  },
  "importBrain of bytes": { own: ["brain.js"], read: (file) => importBrain(backend, file) },
  "importBrain of text": {
    own: ["brain.js"],
    read: (file) => importBrain(backend, new TextDecoder().decode(file)),
  },
};

/** What text that was decoded as UTF-8 no longer tells. */
const binary = ["a saved_model.pb", "an ONNX file", "a checkpoint", "a model of lanewise", "a state_dict"];

describe.each(Object.entries(readers))(
  "%s names what it is given in the place of its own",
  (name, reader) => {
    const { own, read } = reader;
    it.each(Object.entries(files).filter(([file]) => !own.includes(file)))(
      "%s",
      async (file, [bytes, what, advice]) => {
        const error = await (async () => read(bytes))().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(FormatError);
        if (name.endsWith("text") && binary.includes(file)) return;
        expect((error as Error).message).toContain(what);
        expect((error as Error).message).toContain(advice);
        expect((error as Error).message.split("\n")).toHaveLength(1);
      },
    );
  },
);

describe("loadModel", () => {
  it.each([404, 403, 500])("names the status of an answer of %i, whatever its body holds", async (status) => {
    const answer = new Response(saveModel(model()) as Uint8Array<ArrayBuffer>, { status, statusText: "No" });
    await expect(loadModel(backend, answer)).rejects.toThrow(`answered ${status} No`);
  });
});

describe("loadWeights", () => {
  it("does not take a model of lanewise for a state_dict: its kernels are the other way round", () => {
    const square = () => new Sequential(backend, { inputShape: 2, layers: [dense(2)] });
    expect(() => loadWeights(square(), saveModel(square()), { layout: "torch" })).toThrow(
      "loadWeights: expected a state_dict of PyTorch, got a model of lanewise; leave out layout",
    );
  });
});

describe("recognize", () => {
  it("passes over what could be anything", () => {
    expect(recognize(Uint8Array.of(1, 2, 3))).toBeUndefined();
    expect(recognize(Uint8Array.of(0xc3, 0x28, 0, 1, 9, 200))).toBeUndefined();
  });

  it("sees through a byte order mark", () => {
    expect(recognize(utf8(`\ufeff${new TextDecoder().decode(brain)}`))?.kind).toBe("brain");
    expect(recognize(`\ufeff${new TextDecoder().decode(tfjs)}`)?.kind).toBe("tfjs");
  });

  it("says where JSON breaks off", () => {
    expect(recognize(tfjs.subarray(0, 40))?.what).toMatch(/^JSON that is cut off or damaged \(/);
  });

  it("does not take a tensor's name for a word of the format", () => {
    const file = writeSafetensors([{ name: '"format":"lanewise"', shape: [1], values: Float32Array.of(1) }]);
    expect(recognize(file)?.kind).toBe("stateDict");
  });
});
