import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createBackendSync, dense, FormatError, flatten, Sequential, ValueError } from "../../src/index.js";
import { imageFolder } from "../../src/node.js";
import { plain, png } from "./png.js";

const root = mkdtempSync(join(tmpdir(), "lanewise-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

/** A folder of these files. */
function folder(files: Readonly<Record<string, Uint8Array | string>>): string {
  const path = join(root, `images${folders++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

const classes = (counts: Readonly<Record<string, number>>): string =>
  folder(
    Object.fromEntries(
      Object.entries(counts).flatMap(([name, count], value) =>
        Array.from({ length: count }, (_, i) => [`${name}/${i}.png`, plain(4, 60 * value + i)]),
      ),
    ),
  );
const size = [4, 4] as const;

describe("imageFolder", () => {
  it("takes folders for classes, and files in the order of their paths, at any depth", () => {
    const path = folder({
      "b/2.png": plain(2, 2),
      "b/10.png": plain(2, 10),
      "b/more/1.PNG": plain(2, 1),
      "B/0.jpg": plain(2, 0),
      "a c/x.jpeg": plain(2, 7),
      "a c/.hidden.png": "",
      ".cache/y.png": "",
      "a c/notes.txt": "notes",
      "loose.png": plain(2, 9),
      "empty/.keep": "",
    });
    const { labels, training, validation, skipped } = imageFolder(path, { size, channels: 1 });
    expect(labels).toEqual(["B", "a c", "b"]);
    expect(training.files).toEqual(["B/0.jpg", "a c/x.jpeg", "b/10.png", "b/2.png", "b/more/1.PNG"]);
    expect(training.y).toEqual(Int32Array.of(0, 1, 2, 2, 2));
    expect(validation.files).toEqual([]);
    expect(skipped).toEqual(["a c/notes.txt", "loose.png"]);
    expect([training.x.length, training.x.size]).toEqual([5, 16]);
    const image = new Float32Array(16);
    training.x.read(2, image);
    expect(image).toEqual(new Float32Array(16).fill(10 / 255));
  });

  it("holds out a part of each class, a function of the seed", () => {
    const path = classes({ cat: 10, dog: 20 });
    const held = (seed: number) => imageFolder(path, { size, validation: 0.2, seed }).validation;
    expect(Array.from(held(1).y)).toEqual([0, 0, 1, 1, 1, 1]);
    expect(held(1).files).toEqual(held(1).files);
    expect(held(2).files).not.toEqual(held(1).files);
    const { training, validation } = imageFolder(path, { size, validation: 0.2, seed: 1 });
    expect([...training.files, ...validation.files].sort()).toEqual(
      imageFolder(path, { size }).training.files,
    );
  });

  it("is what fit takes: to the bits of the same images in an array", async () => {
    const path = classes({ dark: 6, bright: 6 });
    const { training, labels } = imageFolder(path, { size, channels: 1 });
    const x = new Float32Array(12 * 16);
    for (let i = 0; i < 12; i++) training.x.read(i, x.subarray(i * 16, (i + 1) * 16));
    const digest = async (samples: typeof training.x | Float32Array) => {
      using model = new Sequential(createBackendSync(), {
        inputShape: [4, 4, 1],
        seed: 1,
        labels: [...labels],
        layers: [flatten(), dense(2)],
      });
      await model.fit(samples, training.y, { loss: "softmaxCrossEntropy", epochs: 4, batchSize: 4 });
      return model.weightsDigest();
    };
    expect(await digest(training.x)).toBe(await digest(x));
  });

  it("lets fit name a damaged file before the first step", async () => {
    const path = folder({
      "a/1.png": plain(4, 1),
      "a/2.png": plain(4, 1).subarray(0, 50),
      "b/1.png": png(4, 4, new Array(48).fill(3)),
    });
    const { training } = imageFolder(path, { size, channels: 1 });
    using model = new Sequential(createBackendSync(), {
      inputShape: [4, 4, 1],
      layers: [flatten(), dense(2)],
    });
    const before = await model.weightsDigest();
    const train = () => model.fit(training.x, training.y, { loss: "softmaxCrossEntropy" });
    await expect(train()).rejects.toThrow(FormatError);
    await expect(train()).rejects.toThrow(`${join(path, "a/2.png")}: damaged PNG: `);
    expect(await model.weightsDigest()).toBe(before);
  });

  it.each([
    ["no folder", () => join(root, "none"), FormatError, /none: no such file or folder/],
    [
      "no images",
      () => folder({ "a/notes.txt": "" }),
      FormatError,
      /got no images among 1 other files, such as a\/notes/,
    ],
    [
      "loose images only",
      () => folder({ "1.png": plain(2, 1) }),
      FormatError,
      /expected a folder for each class/,
    ],
    ["one class", () => classes({ cat: 3 }), FormatError, /for two classes or more, got one, cat/],
    [
      "a class of one image",
      () => classes({ cat: 3, dog: 1 }),
      ValueError,
      /dog: expected two images or more, .* got one/,
    ],
  ])("refuses %s, by its name", (_, make, type, message) => {
    const path = make();
    expect(() => imageFolder(path, { size, validation: 0.25 })).toThrow(type);
    expect(() => imageFolder(path, { size, validation: 0.25 })).toThrow(message);
    expect(() => imageFolder(path, { size, validation: 0.25 })).toThrow(path);
  });

  it("refuses wrong options", () => {
    const path = classes({ cat: 3, dog: 3 });
    const options = (given: object) => () => imageFolder(path, given as never);
    expect(options({})).toThrow(/imageFolder expected size to be \[height, width\], got undefined/);
    expect(options({ size, channels: 4 })).toThrow(/expected channels to be 1 or 3, got 4/);
    expect(options({ size, validation: 1 })).toThrow(ValueError);
    expect(options({ size, split: 0.2 })).toThrow(/imageFolder: unknown option "split"; known are size,/);
  });
});
