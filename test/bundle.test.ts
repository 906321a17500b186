import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { programsOf } from "./support/documents.js";

/** What is published: plain Node on dist/, found by the package's own name. */

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = fileURLToPath(new URL("../out/bundle", import.meta.url));
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url));
const relaxedNeedsFlag = Number(process.versions.node.split(".")[0]) < 22;

function run(program: string, ...flags: string[]): { out: string; error: string; status: number | null } {
  // Within the package, which programs import by its name.
  mkdirSync(folder, { recursive: true });
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, "--input-type=module", "-e", program],
    { cwd: folder, encoding: "utf8" },
  );
  return { out: stdout, error: stderr, status };
}

const [{ text: firstProgram }] = programsOf("README.md");

describe("dist", () => {
  describe("leaves to a bundler what the first program of the README does not use", () => {
    const bundleOf = async (contents: string) => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: root },
        bundle: true,
        // The builds that createBackend imports on demand are files of their own.
        splitting: true,
        outdir: "out",
        minify: true,
        format: "esm",
        platform: "neutral",
        target: "es2022",
        write: false,
      });
      return outputFiles.find(({ path }) => path.endsWith("stdin.js"))?.text ?? "";
    };
    const weight = (text: string) => gzipSync(text, { level: 9 }).length;
    /** Whether a string begins with the name, as those do that configurations and errors name things by. */
    const has = (bundle: string, name: string) => new RegExp(`["'\`]${name}\\b`).test(bundle);
    const bundles = Promise.all([bundleOf(firstProgram), bundleOf('export * from "lanewise";')]);

    it.each([
      ["optimizers", ["nadam", "rmsprop", "adagrad", "adadelta", "lion"]],
      [
        "schedules",
        [
          "constant",
          "multiStep",
          "exponential",
          "polynomial",
          "cosine",
          "oneCycle",
          "warmup",
          "reduceOnPlateau",
          "scheduleFrom",
        ],
      ],
      [
        "losses",
        [
          "hinge",
          "squaredHinge",
          "logCosh",
          "poisson",
          "cosineSimilarity",
          "kullbackLeiblerDivergence",
          "binaryFocalWithLogits",
          "categoricalFocal",
        ],
      ],
      ["metrics", ["topKAccuracy", "precision", "recall", "f1", "rocAuc", "confusionMatrix", "r2"]],
      ["layers", ["scaling", "dropout", "gaussianNoise"]],
      ["checkpoints and files, to read them", ["restoreCheckpoint", "loadModel", "loadWeights"]],
      ["data helpers", ["kFold", "trainTestSplit", "standardScaler", "minMaxScaler", "oneHot"]],
      ["images", ["imageToTensor", "cutout"]],
      ["what reads JSON", ["modelFrom", "fitOptionsFrom", "optimizerFrom", "lossFrom", "metricFrom"]],
      ["checks", ["checkGradients"]],
    ])("%s", async (_, names) => {
      const [program, everything] = await bundles;
      expect(names.filter((name) => !has(everything, name))).toEqual([]);
      expect(names.filter((name) => has(program, name))).toEqual([]);
      // What has a name that fit knows stays.
      for (const name of ["adam", "huber", "accuracy"]) expect(has(program, name)).toBe(true);
    });

    it("and is lighter by a tenth or more", async () => {
      const [program, everything] = (await bundles).map(weight);
      console.log(
        `the first program of the README weighs ${program} bytes gzipped with the library in it, the whole library ${everything}`,
      );
      expect(program).toBeLessThan(0.9 * everything);
    });
  });

  it("trains by the explicit loop", () => {
    const { out, error } = run(`
      import { Sequential, adam, createBackend, dense, losses } from "lanewise";
      const backend = await createBackend();
      const model = new Sequential(backend, { inputShape: [2], seed: 7, layers: [dense(8, { activation: "tanh" }), dense(2)] });
      const x = backend.matrix(4, 2, [0, 0, 0, 1, 1, 0, 1, 1]), y = Int32Array.of(0, 1, 1, 0), dOut = backend.matrix(4, 2);
      const loss = losses.softmaxCrossEntropy();
      const optimizer = adam({ learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }); optimizer.attach(model);
      let value;
      for (let step = 0; step < 300; step++) {
        model.zeroGradients(); const out = model.forward(x, { training: true });
        value = loss.valueAndGradient(out, y, dOut); model.backward(dOut, { inputGradient: false }); optimizer.step();
      }
      console.log(value < 0.01, model.parameters.map(({ name }) => name).join());`);
    expect(error).toBe("");
    expect(out.trim()).toBe("true 0.weight,0.bias,1.weight,1.bias");
  });

  const program = (variant: string) => `
    import { createBackend, matmul } from "lanewise";
    const backend = await createBackend({ variant: "${variant}" });
    console.log(backend.variant, matmul(backend.matrix(1, 2, [2, 3]), backend.matrix(2, 1, [4, 5])).data[0]);`;

  it.each(["scalar", "simd"])("runs the %s build", (variant) => {
    expect(run(program(variant)).out.trim()).toBe(`${variant} 23`);
  });

  it("runs the scalar build synchronously once it is imported", () => {
    const { out, error } = run(`
      import { createBackendSync } from "lanewise";
      import { scalar } from "lanewise/scalar";
      import { createBackendSync as createForInference } from "lanewise/inference";
      import { scalar as forward } from "lanewise/inference-scalar";
      console.log(createBackendSync({ build: scalar }).variant, createForInference({ build: forward }).variant);`);
    expect([out, error]).toEqual(["scalar scalar\n", ""]);
  });

  it("prints a short line when an error is not caught, and by its source map the place in the source", () => {
    const program = `
      import { createBackend, dense, Sequential } from "lanewise";
      const model = new Sequential(await createBackend(), { inputShape: 2, layers: [dense(1)] });
      model.predict([[1, 2, 3]]);`;
    const { error } = run(program);
    expect(error).toMatch(/^file:.*\/dist\/lanewise\.js:\d+\n.{1,800}\n/);
    expect(error).toMatch(/^ShapeError: /m);
    // The source map leads to the sources, whose text it holds.
    expect(run(program, "--enable-source-maps").error).toMatch(/ at .*\/src\/network\/\w+\.ts:\d+/);
    const { sources, sourcesContent } = JSON.parse(read("dist/lanewise.js.map").toString());
    expect(sourcesContent[sources.indexOf("../src/network/network.ts")]).toBe(
      read("src/network/network.ts").toString(),
    );
  });

  it("runs the relaxed build where the engine has it, and names the cause where it has not", () => {
    expect(
      run(program("relaxed"), ...(relaxedNeedsFlag ? ["--experimental-wasm-relaxed-simd"] : [])).out.trim(),
    ).toBe("relaxed 23");
    if (!relaxedNeedsFlag) return;
    const { error, status } = run(program("relaxed"));
    expect(status).not.toBe(0);
    expect(error).toMatch(
      /BackendError: createBackend: this engine cannot run the relaxed build, .*--experimental-wasm-relaxed-simd/,
    );
    // Node shows the line that threw: it must not be the whole bundle.
    expect(error.length).toBeLessThan(2000);
    expect(run(program("fastest")).out.trim()).toBe("simd 23");
  });

  it.each(["scalar", "simd"])("takes dist/%s.wasm by the address that the package exports", (variant) => {
    const { out, error } = run(`
      import { createBackend } from "lanewise";
      console.log((await createBackend({ wasm: new URL(import.meta.resolve("lanewise/${variant}.wasm")) })).variant);`);
    expect(error).toBe("");
    expect(out.trim()).toBe(variant);
  });

  /** What a file imports, each path once, with the kind of import where it is no statement. */
  const importsOf = async (file: string): Promise<string[]> => {
    const { metafile } = await build({
      entryPoints: [file],
      absWorkingDir: root,
      bundle: true,
      packages: "external",
      external: ["./*"],
      format: "esm",
      metafile: true,
      write: false,
    });
    const paths = metafile.inputs[file].imports.map(({ kind, path }) =>
      kind === "import-statement" ? path : `${kind} ${path}`,
    );
    return [...new Set(paths)].sort();
  };

  const entries: [string, string, string[]][] = [
    [
      "lanewise",
      "dist/lanewise.js",
      ["dynamic-import ./relaxed.js", "dynamic-import ./scalar.js", "dynamic-import ./threads.js"],
    ],
    [
      "lanewise/inference",
      "dist/inference.js",
      ["dynamic-import ./inference-scalar.js", "dynamic-import ./threads.js"],
    ],
    ["lanewise/onnx", "dist/onnx.js", ["./lanewise.js"]],
    ["lanewise/table", "dist/table.js", ["./lanewise.js"]],
    ["lanewise/text", "dist/text.js", ["./lanewise.js"]],
    ["lanewise/scalar", "dist/scalar.js", []],
  ];
  it.each(entries)(
    "%s imports nothing but the package's own modules, and touches no clock, random number, network, worker, process or WebAssembly when it is imported",
    async (entry, file, imports) => {
      const { out, error } = run(`
      const touched = [];
      const watch = (object, name, path) => {
        const value = object[name];
        Object.defineProperty(object, name, { get() { touched.push(path); return value; } });
      };
      const { log } = console;
      const globals = ["Date", "WebAssembly", "XMLHttpRequest", "WebSocket", "Worker", "SharedWorker", "MessageChannel", "crypto", "fetch",
        "performance", "process", "queueMicrotask", "setImmediate", "setInterval", "setTimeout"];
      watch(Math, "random", "Math.random");
      for (const name of globals) watch(globalThis, name, name);
      await import("${entry}");
      log(touched.join());
      // The watch itself works.
      Math.random();
      new Date();
      log(touched.join());`);
      expect(error).toBe("");
      expect(out).toBe("\nMath.random,Date\n");
      expect(await importsOf(file)).toEqual(imports);
      expect(read(file).toString()).not.toContain("import.meta");
    },
  );

  it("lanewise/onnx throws the library's own errors", () => {
    const { out, error } = run(`
      import { createBackend, FormatError } from "lanewise";
      import { importOnnx } from "lanewise/onnx";
      try { importOnnx(await createBackend(), new Uint8Array(3)); } catch (error) { console.log(error instanceof FormatError); }`);
    expect([out, error]).toEqual(["true\n", ""]);
  });

  const limits: { path: string; limit: string }[] = JSON.parse(read(".size-limit.json").toString());
  it.each(limits)("$path weighs at most $limit gzipped", ({ path, limit }) => {
    expect(gzipSync(read(path), { level: 9 }).length).toBeLessThanOrEqual(Number.parseFloat(limit) * 1000);
  });

  it.each(["tfjs", "brain"])(
    "lanewise/%s imports the library beside it and nothing else, so that errors are of one class",
    async (entry) => {
      expect(await importsOf(`dist/${entry}.js`)).toEqual(["./lanewise.js"]);
      const { out, error } = run(`
      import { createBackend, FormatError } from "lanewise";
      import * as entry from "lanewise/${entry}";
      const backend = await createBackend();
      const read = entry.importTfjs ?? entry.importBrain;
      try { read(backend, "{}", []); } catch (error) { console.log(error instanceof FormatError); }`);
      expect([out, error]).toEqual(["true\n", ""]);
    },
  );

  it("declares no types of what is internal", () => {
    const declared = read("dist/types/matrix/backend.d.ts").toString();
    expect(declared).toContain("matrix(rows: number, cols: number, values?: Values): Matrix;");
    expect(declared).not.toContain("checkOneBackend");
  });
});
