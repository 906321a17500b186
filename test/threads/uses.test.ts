import { afterAll, describe, expect, it } from "vitest";
import * as lanewise from "../../src/index.js";
import * as inference from "../../src/inference.js";
import * as onnx from "../../src/onnx.js";
import * as table from "../../src/table.js";
import * as tfjs from "../../src/tfjs.js";
import { worker } from "../support/threads.js";
import { hashesOf, sharedIn, useEverything } from "./uses.js";

/**
 * Reference: the same program on one thread. Tolerance: none.
 */
describe("on a backend with three threads", async () => {
  const { loadModel } = inference;
  const packages = { lanewise, onnx, tfjs, table };
  const backends = async (options: object) => ({
    training: await lanewise.createBackend(options),
    inference: await inference.createBackend(options),
    loadModel,
  });
  const three = await backends({ threads: 3, worker });
  afterAll(() => {
    three.training.dispose();
    three.inference.dispose();
  });
  const results = await useEverything(packages, three);

  it("nothing that is returned is over shared memory, but for matrix.data", () => {
    expect(three.training.threads).toBe(3);
    expect(sharedIn({ data: three.training.matrix(1, 1, [1]).data })).toEqual([".data"]);
    expect(sharedIn(results)).toEqual([]);
  });

  it("everything is as on one thread", async () => {
    const one = await useEverything(packages, await backends({}));
    expect(await hashesOf(results)).toEqual(await hashesOf(one));
  });
});
