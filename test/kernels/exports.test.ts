import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VARIANTS } from "../../src/core/wasm.js";
import { kernelsIn } from "../../tools/declarations.mjs";
import { builds, type KernelName, moduleBytes } from "../support/builds.js";
import { casesOf, type Theme, themes } from "../support/cases.js";
import { rounded } from "../support/rounded.js";
import { twins } from "../support/twins.js";

/**
 * Said of the build, not of arrays. A workspace has no twin: every call of the kernels that need it holds it
 * to what it says.
 */
const hasTwin = (name: string): boolean => !["abi", "variant"].includes(name) && !name.endsWith("Workspace");

describe("every kernel is tested", () => {
  it.each(VARIANTS)("the %s build exports the kernels that have a twin, and no other", (variant) => {
    // A list of names needs no engine that validates the build; one that does not is told by the sections.
    const exported = WebAssembly.validate(moduleBytes(variant))
      ? WebAssembly.Module.exports(new WebAssembly.Module(moduleBytes(variant)))
      : [];
    if (variant !== "relaxed") expect(exported).not.toEqual([]);
    if (exported.length > 0)
      expect(
        exported
          .map(({ name }) => name)
          .filter(hasTwin)
          .sort(),
      ).toEqual(Object.keys(twins).sort());
  });

  it("every twin is asked by some case of the table", () => {
    const cases = casesOf(...(Object.keys(themes) as Theme[]));
    expect([...cases.keys()].sort()).toEqual(Object.keys(twins).sort());
    for (const [kernel, all] of cases)
      expect(all.filter(({ bitsOnly }) => !bitsOnly).length, kernel).toBeGreaterThan(10);
  });

  it("every case has arrays where its kernel takes addresses, and numbers or no array elsewhere", () => {
    const declared = kernelsIn(readFileSync(new URL("../../build/simd.d.ts", import.meta.url), "utf8"));
    expect(
      declared
        .map(({ name }) => name)
        .filter(hasTwin)
        .sort(),
    ).toEqual(Object.keys(twins).sort());
    const cases = casesOf(...(Object.keys(themes) as Theme[]));
    const wrong = declared.flatMap(({ name, parameters }) =>
      (cases.get(name as KernelName) ?? []).flatMap(({ args }) =>
        args.flatMap((argument, i) => {
          const isArray = typeof argument !== "number";
          // WebAssembly ignores arguments after the last parameter, as activations without one rely on.
          const fits = parameters[i]?.type === "usize" ? isArray || argument === 0 : !isArray;
          return fits ? [] : [`argument ${i} of ${name}`];
        }),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("every order of operations that is written down belongs to a kernel", () => {
    expect(Object.keys(twins)).toEqual(expect.arrayContaining(Object.keys(rounded)));
  });
});

it.each(builds)(
  "the $variant build says its name and speaks one interface with the others",
  ({ kernels, variant }) => {
    expect(VARIANTS[kernels.variant()]).toBe(variant);
    expect(kernels.abi()).toBe(builds[0].kernels.abi());
  },
);
