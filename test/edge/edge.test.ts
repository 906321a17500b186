import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { activate, adam, createBackend, loadModel, losses } from "lanewise";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDigits, splitIntoFolds } from "../../examples/digits/images.js";
import { programsOf } from "../support/documents.js";
import { example, Workerd } from "./workerd.js";

/**
 * examples/edge as workerd serves it, from the package as it is packed, held against the same model in Node
 * on the scalar build.
 */

interface Sample {
  readonly pixels: number[];
  readonly label: number;
}

/** The digits that the model has not been trained on. */
const heldOut: Sample[] = (() => {
  const { pixels, labels, size } = splitIntoFolds(loadDigits(), 5, 1)[0].test;
  return Array.from(labels, (label, i) => ({
    pixels: Array.from(pixels.subarray(i * size, (i + 1) * size)),
    label,
  }));
})();

/** The model in Node, with the loop that the worker is to have. */
async function twin() {
  const model = await loadModel(
    await createBackend({ variant: "scalar" }),
    readFileSync(`${example}digits.safetensors`),
  );
  const optimizer = adam().attach(model);
  return {
    predict: (pixels: number[]) => Array.from(activate("softmax", model.forward(pixels)).data),
    learn: (samples: Sample[]) =>
      Array.from({ length: 10 }, () => {
        model.zeroGradients();
        const out = model.forward(
          samples.map(({ pixels }) => pixels),
          { training: true },
        );
        const labels = samples.map(({ label }) => label);
        const lossOfStep = losses.softmaxCrossEntropy().value(out, labels);
        model.backward(losses.softmaxCrossEntropy().gradient(out, labels));
        optimizer.step();
        return lossOfStep;
      }),
  };
}

const largestAt = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** Text in pieces, between which other requests have their turn. */
function inPieces(text: string, size = 1000): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

let worker: Workerd;
beforeEach(async () => {
  worker = await Workerd.serve();
});
afterEach(() => worker.stop());

describe("GET /", () => {
  it("is a page that tells of the other paths", async () => {
    const response = await fetch(worker.address);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const page = await response.text();
    for (const path of ["POST /predict", "POST /learn", "GET  /memory"]) expect(page).toContain(path);
  });
});

describe("POST /predict", () => {
  it("answers with the class and the probabilities of the scalar build in Node, to the bit, for each of 359 held-out digits", async () => {
    const { predict } = await twin();
    let right = 0;
    for (const { pixels, label } of heldOut) {
      const { status, json } = await worker.post("/predict", { pixels });
      const probabilities = predict(pixels);
      expect(status).toBe(200);
      expect(json).toEqual({ class: largestAt(probabilities), probabilities });
      if (json.class === label) right++;
    }
    expect(right / heldOut.length).toBeGreaterThan(0.95);
  });
});

describe("POST /learn", () => {
  it("takes the ten steps that the same loop takes in Node, to the bit", async () => {
    const { learn, predict } = await twin();
    const samples = heldOut.slice(0, 8);
    const { status, json } = await worker.post("/learn", { samples });
    expect(status).toBe(200);
    expect(json).toEqual({ steps: 10, losses: learn(samples) });
    for (const { pixels } of heldOut.slice(0, 20)) {
      expect((await worker.post("/predict", { pixels })).json.probabilities).toEqual(predict(pixels));
    }
  });

  it("reads digits right that it had misread, and forgets few of the others", async () => {
    const { predict } = await twin();
    const misread = heldOut.filter(({ pixels, label }) => largestAt(predict(pixels)) !== label);
    const read = heldOut.filter((sample) => !misread.includes(sample));
    const fractionRight = async (samples: Sample[]) => {
      const answers = await Promise.all(samples.map(({ pixels }) => worker.post("/predict", { pixels })));
      return answers.filter(({ json }, i) => json.class === samples[i].label).length / samples.length;
    };
    expect(misread.length).toBeGreaterThan(5);
    expect(await fractionRight(misread)).toBe(0);
    for (let request = 0; request < 5; request++) await worker.post("/learn", { samples: misread });
    expect(await fractionRight(misread)).toBe(1);
    expect(await fractionRight(read)).toBeGreaterThan(0.9);
  });

  it("takes the steps of one request before those of the next when forty come at once: some order in Node gives the same bits", async () => {
    const requests = Array.from({ length: 40 }, (_, i) => heldOut.slice(i, i + 1 + (i % 32)));
    const answers = await Promise.all(
      requests.flatMap((samples) => [
        worker
          .request("POST", "/learn", inPieces(JSON.stringify({ samples })))
          .then(({ json }) => ({ samples, ...json })),
        // A forward in between would overwrite what a half-taken step still needs.
        worker.post("/predict", { pixels: samples[0].pixels }),
      ]),
    );
    const taken = answers.filter(({ steps }) => steps > 0).sort((a, b) => a.steps - b.steps);
    expect(taken.map(({ steps }) => steps)).toEqual(requests.map((_, i) => (i + 1) * 10));
    const { learn, predict } = await twin();
    for (const { samples, losses } of taken) expect(losses).toEqual(learn(samples));
    expect((await worker.post("/predict", { pixels: heldOut[0].pixels })).json.probabilities).toEqual(
      predict(heldOut[0].pixels),
    );
  });
});

describe("the worker in the guide", () => {
  it("predicts, and learns when there is a label, as the loop in Node does, to the bit", async () => {
    const [program] = programsOf("site/how-to/cloudflare-workers.md").filter(
      ({ kind }) => kind === "js worker",
    );
    const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
    cpSync(example, folder, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
    symlinkSync(join(example, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "worker.js"), program.text);
    const worker = await Workerd.serve(join(folder, "config.capnp"));
    try {
      const { learn, predict } = await twin();
      const [first, second] = heldOut;
      expect((await worker.post("/", { pixels: first.pixels })).json).toEqual(predict(first.pixels));
      for (let step = 0; step < 10; step++) await worker.post("/", second);
      learn([second]);
      expect((await worker.post("/", { pixels: first.pixels })).json).toEqual(predict(first.pixels));
    } finally {
      await worker.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a request that is wrong", () => {
  const { pixels, label } = heldOut[0];
  const json = JSON.stringify;
  const withPixel = (text: string) => `{"pixels":[0,0,0,0,0,${text}${",0".repeat(58)}]}`;
  const learn = (...samples: unknown[]) => json({ samples });
  const tenMegabytes = " ".repeat(10_000_000);
  const image = "expected 64 numbers from 0 (paper) to 1 (ink), got";
  const list = "samples expected 1 to 32 of { pixels, label }, got";
  const cases: [
    what: string,
    request: [method: string, path: string, body?: string | ReadableStream],
    status: number,
    error: string | RegExp,
  ][] = [
    ["a wrong method", ["GET", "/predict"], 405, "/predict expected POST, got GET"],
    ["another wrong method", ["DELETE", "/"], 405, "/ expected GET, got DELETE"],
    [
      "a wrong path",
      ["POST", "/guess", json({ pixels })],
      404,
      "expected one of the paths /, /memory, /predict, /learn, got /guess",
    ],
    [
      "a path that every object has",
      ["GET", "/__proto__"],
      404,
      /^expected one of the paths .* got \/__proto__$/,
    ],
    ["no body", ["POST", "/predict"], 400, /^expected a body of JSON \(SyntaxError/],
    [
      "a body that is no JSON",
      ["POST", "/predict", "pixels=1"],
      400,
      /^expected a body of JSON \(SyntaxError/,
    ],
    [
      "NaN, which is no JSON",
      ["POST", "/predict", withPixel("NaN")],
      400,
      /^expected a body of JSON \(SyntaxError/,
    ],
    ["null for an object", ["POST", "/predict", "null"], 400, `pixels ${image} undefined`],
    ["a list for an object", ["POST", "/learn", "[]"], 400, `${list} undefined`],
    ["no pixels", ["POST", "/predict", "{}"], 400, `pixels ${image} undefined`],
    [
      "a text of pixels",
      ["POST", "/predict", json({ pixels: "0".repeat(64) })],
      400,
      `pixels ${image} "${"0".repeat(40)}"`,
    ],
    ["a pixel too few", ["POST", "/predict", json({ pixels: pixels.slice(1) })], 400, `pixels ${image} 63`],
    ["a pixel too many", ["POST", "/predict", json({ pixels: [...pixels, 0] })], 400, `pixels ${image} 65`],
    ["no pixel", ["POST", "/predict", json({ pixels: [] })], 400, `pixels ${image} 0`],
    [
      "null for a pixel, as JSON.stringify makes of NaN",
      ["POST", "/predict", withPixel("null")],
      400,
      `pixels ${image} null at position 5`,
    ],
    ["a pixel in quotes", ["POST", "/predict", withPixel('"1"')], 400, `pixels ${image} "1" at position 5`],
    ["true for a pixel", ["POST", "/predict", withPixel("true")], 400, `pixels ${image} true at position 5`],
    [
      "a list for a pixel",
      ["POST", "/predict", withPixel("[1]")],
      400,
      `pixels ${image} a list at position 5`,
    ],
    [
      "lists 30,000 deep",
      ["POST", "/predict", withPixel("[".repeat(30_000) + "]".repeat(30_000))],
      400,
      `pixels ${image} a list at position 5`,
    ],
    [
      "a pixel beyond float64",
      ["POST", "/predict", withPixel("1e999")],
      400,
      `pixels ${image} Infinity at position 5`,
    ],
    [
      "a pixel beyond float32",
      ["POST", "/predict", withPixel("1e39")],
      400,
      `pixels ${image} 1e+39 at position 5`,
    ],
    ["a pixel below 0", ["POST", "/predict", withPixel("-1")], 400, `pixels ${image} -1 at position 5`],
    ["no samples", ["POST", "/learn", "{}"], 400, `${list} undefined`],
    ["an empty list of samples", ["POST", "/learn", learn()], 400, `${list} 0`],
    [
      "too many samples",
      ["POST", "/learn", learn(...Array(33).fill({ pixels: Array(64).fill(0), label }))],
      400,
      `${list} 33`,
    ],
    [
      "null for a sample",
      ["POST", "/learn", learn({ pixels, label }, null)],
      400,
      `samples[1].pixels ${image} undefined`,
    ],
    [
      "a sample with a pixel too few",
      ["POST", "/learn", learn({ pixels, label }, { pixels: [1], label })],
      400,
      `samples[1].pixels ${image} 1`,
    ],
    [
      "a sample without a label",
      ["POST", "/learn", learn({ pixels })],
      400,
      "samples[0].label expected a whole number from 0 to 9, got undefined",
    ],
    [
      "a label above 9",
      ["POST", "/learn", learn({ pixels, label: 10 })],
      400,
      "samples[0].label expected a whole number from 0 to 9, got 10",
    ],
    [
      "a label below 0",
      ["POST", "/learn", learn({ pixels, label: -1 })],
      400,
      "samples[0].label expected a whole number from 0 to 9, got -1",
    ],
    [
      "a label between two",
      ["POST", "/learn", learn({ pixels, label: 1.5 })],
      400,
      "samples[0].label expected a whole number from 0 to 9, got 1.5",
    ],
    [
      "a label in quotes",
      ["POST", "/learn", learn({ pixels, label: "7" })],
      400,
      'samples[0].label expected a whole number from 0 to 9, got "7"',
    ],
    [
      "a body a byte too long",
      ["POST", "/learn", " ".repeat(65_537)],
      413,
      "expected a body of at most 65536 bytes, got 65537",
    ],
    [
      "a body of 10 MB",
      ["POST", "/predict", tenMegabytes],
      413,
      "expected a body of at most 65536 bytes, got 10000000",
    ],
    [
      "10 MB in pieces",
      ["POST", "/learn", inPieces(tenMegabytes, 65_536)],
      413,
      "expected a body of at most 65536 bytes, got 10000000",
    ],
  ];

  it.each(cases)("is told so: %s", async (_, request, status, error) => {
    const answer = await worker.request(...request);
    expect(answer.json).toEqual({ error: typeof error === "string" ? error : expect.stringMatching(error) });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  it("is told which method is right, in the header for that", async () => {
    expect((await worker.request("PUT", "/learn")).headers.get("allow")).toBe("POST");
  });

  it("changes neither weights nor memory", async () => {
    const prediction = (await worker.post("/predict", { pixels })).json;
    const memory = (await worker.request("GET", "/memory")).json;
    for (const [, [method, path, body]] of cases)
      if (!(body instanceof ReadableStream)) await worker.request(method, path, body);
    expect((await worker.post("/predict", { pixels })).json).toEqual(prediction);
    expect((await worker.request("GET", "/memory")).json).toEqual(memory);
  });
});

describe("memory", () => {
  // Numbers with many digits, so that a body that is kept anywhere shows.
  const faint = heldOut.map(({ pixels, label }) => ({
    pixels: pixels.map((ink) => (ink + 0.1) / 1.7),
    label,
  }));
  const bodies = [1, 32, 7, 16].map((count, i) => JSON.stringify({ samples: faint.slice(i, i + count) }));

  /** Twenty requests, three in five of them wrong. */
  async function twentyRequests(worker: Workerd): Promise<void> {
    for (const body of bodies) {
      const answers = [
        await worker.request("POST", "/learn", body),
        await worker.post("/predict", { pixels: heldOut[0].pixels }),
        await worker.request("POST", "/learn", body.slice(1)),
        await worker.request("POST", "/predict", body),
        await worker.request("POST", "/learn", body + " ".repeat(100_000)),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400, 413]);
    }
  }

  // V8 leaves garbage lying for as long as there is room, with its defaults up to some 190 MB of a process:
  // here it has little room.
  it("is flat over 2,000 requests: the same blocks and bytes of WebAssembly, and no 4 MB more of the process, which is 2 KB a request", async () => {
    const worker = await Workerd.serve(fileURLToPath(new URL("small-heap.capnp", import.meta.url)));
    try {
      for (let requests = 0; requests < 1_000; requests += 20) await twentyRequests(worker);
      const memory = (await worker.request("GET", "/memory")).json;
      const resident = [worker.residentBytes];
      for (let requests = 0; requests < 2_000; requests += 20) {
        await twentyRequests(worker);
        resident.push(worker.residentBytes);
      }
      const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
      console.log(
        `memory ${JSON.stringify(memory)}, process ${megabytes(Math.min(...resident))} to ${megabytes(Math.max(...resident))} MB`,
      );
      expect((await worker.request("GET", "/memory")).json).toEqual(memory);
      expect(Math.max(...resident) - resident[0]).toBeLessThan(4e6);
    } finally {
      await worker.stop();
    }
  });
});
