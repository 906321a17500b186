import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeWhole } from "../../src/node.js";
import { table, Workplace } from "./program.js";

/** What is written to a device such as /dev/null. Only root can make one. */

const place = new Workplace();
const device = place.path("null");
const isRoot = process.getuid?.() === 0 && existsSync("/dev/null");
if (isRoot) execFileSync("mknod", [device, "c", "1", "3"]);

describe.runIf(isRoot)("a device stays a device", () => {
  const train = ["train", table("iris"), "--target", "species", "--folds", "0"];

  it("when writeWhole writes to it", () => {
    writeWhole(device, "text");
    expect(statSync(device).isCharacterDevice()).toBe(true);
  });

  it.each([
    ["train", [...train, "--out", device]],
    ["train --force", [...train, "--out", device, "--force"]],
    ["predict", ["predict", "iris.safetensors", table("iris"), "--out", device]],
    ["predict --parts", ["predict", "iris.safetensors", table("iris"), "--out", device, "--parts", "2"]],
  ])("when %s writes to it", (_, words) => {
    place.json(...train, "--out", "iris.safetensors", "--force");
    const { status, error } = place.run(...words);
    expect(error).not.toMatch(/Error/);
    expect(status).toBe(0);
    expect(statSync(device).isCharacterDevice()).toBe(true);
    expect(readdirSync(place.path(".")).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
