import { activate, adam, createBackendSync, loadModel, losses } from "lanewise";
// An edge runtime compiles what a worker imports before any request comes, and refuses to compile bytes
// inside one.
import wasm from "lanewise/simd.wasm";
import file from "./digits.safetensors";
import page from "./page.html";

/**
 * Tells handwritten digits apart, and learns from the samples that it is sent. What it has learnt lasts as
 * long as the instance of the worker.
 */

/** Samples of a request to learn. */
const MOST_SAMPLES = 32;
/** Enough for so many samples with every digit of their numbers. */
const MOST_BYTES = 65_536;
/** Steps that a request to learn takes over its samples. */
const STEPS = 10;

const backend = createBackendSync({ wasm });
const model = await loadModel(backend, file);
const [pixelCount] = model.inputShape;
const [classCount] = model.outputShape;
const optimizer = adam().attach(model);
const loss = losses.softmaxCrossEntropy();
// Made once, for all requests; the model's own memory grows to the largest batch that it has seen, and stays.
const probabilities = backend.matrix(1, classCount);
const gradients = backend.matrix(MOST_SAMPLES, classCount);

/** @type {Record<string, (request: Request) => Response | Promise<Response>>} */
const handlers = {
  "GET /": () => new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } }),
  "GET /memory": () => Response.json(backend.memory),
  "POST /predict": async (request) => Response.json(predict(await readJson(request))),
  "POST /learn": async (request) => Response.json(learn(await readJson(request))),
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    try {
      return await handlerFor(request)(request);
    } catch (problem) {
      if (problem instanceof Response) return problem;
      throw problem;
    }
  },
};

/** @param {any} body { pixels } */
function predict(body) {
  checkPixels("pixels", body?.pixels);
  activate("softmax", model.forward(body.pixels), { out: probabilities });
  const values = [...probabilities.data];
  return { class: values.indexOf(Math.max(...values)), probabilities: values };
}

/**
 * The explicit training loop. There is no await in it: whatever else the worker was asked meanwhile waits
 * until the last step is done.
 *
 * @param {any} body { samples: [{ pixels, label }, ...] }
 */
function learn(body) {
  const samples = checkSamples(body?.samples);
  const x = samples.map(({ pixels }) => pixels);
  const labels = samples.map(({ label }) => label);
  const dOut = gradients.rowRange(0, samples.length);
  const lossOfEachStep = [];
  for (let step = 0; step < STEPS; step++) {
    model.zeroGradients();
    const out = model.forward(x, { training: true });
    lossOfEachStep.push(loss.valueAndGradient(out, labels, dOut));
    model.backward(dOut);
    optimizer.step();
  }
  return { steps: optimizer.steps, losses: lossOfEachStep };
}

/** @param {Request} request */
function handlerFor({ method, url }) {
  const { pathname } = new URL(url);
  const handler = handlers[`${method} ${pathname}`];
  if (handler) return handler;
  const known = Object.keys(handlers).map((key) => key.split(" "));
  const allow = known.filter(([, path]) => path === pathname).map(([allowed]) => allowed);
  if (allow.length > 0)
    throw refusal(405, `${pathname} expected ${allow.join(" or ")}, got ${method}`, {
      allow: allow.join(", "),
    });
  throw refusal(
    404,
    `expected one of the paths ${known.map(([, path]) => path).join(", ")}, got ${pathname}`,
  );
}

/**
 * Reads to the end, for many a client hears no answer before it has sent everything, and keeps no more than
 * what may be sent. @param {Request} request
 */
async function readJson({ body }) {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) text += decoder.decode(chunk, { stream: true });
  }
  if (bytes > MOST_BYTES) throw refusal(413, `expected a body of at most ${MOST_BYTES} bytes, got ${bytes}`);
  try {
    return JSON.parse(text + decoder.decode());
  } catch (error) {
    throw refusal(400, `expected a body of JSON (${error})`);
  }
}

/** @param {unknown} samples */
function checkSamples(samples) {
  const expected = `samples expected 1 to ${MOST_SAMPLES} of { pixels, label }`;
  if (!Array.isArray(samples)) throw refusal(400, `${expected}, got ${show(samples)}`);
  if (samples.length < 1 || samples.length > MOST_SAMPLES)
    throw refusal(400, `${expected}, got ${samples.length}`);
  for (const [i, sample] of samples.entries()) {
    checkPixels(`samples[${i}].pixels`, sample?.pixels);
    const label = sample.label;
    if (Number.isInteger(label) && label >= 0 && label < classCount) continue;
    throw refusal(
      400,
      `samples[${i}].label expected a whole number from 0 to ${classCount - 1}, got ${show(label)}`,
    );
  }
  return samples;
}

/** @param {string} where @param {unknown} pixels */
function checkPixels(where, pixels) {
  const expected = `${where} expected ${pixelCount} numbers from 0 (paper) to 1 (ink)`;
  if (!Array.isArray(pixels)) throw refusal(400, `${expected}, got ${show(pixels)}`);
  if (pixels.length !== pixelCount) throw refusal(400, `${expected}, got ${pixels.length}`);
  const wrong = pixels.findIndex((ink) => !(typeof ink === "number" && ink >= 0 && ink <= 1));
  if (wrong >= 0) throw refusal(400, `${expected}, got ${show(pixels[wrong])} at position ${wrong}`);
}

/** A value as a message shows it. @param {unknown} value */
function show(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (Array.isArray(value)) return "a list";
  return value !== null && typeof value === "object" ? "an object" : String(value);
}

/**
 * An answer that says what is wrong with the request. @param {number} status @param {string} error @param
 * {Record<string, string>} [headers]
 */
function refusal(status, error, headers) {
  return Response.json({ error }, { status, headers });
}
