import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { png } from "../images/png.js";
import { Random } from "../support/random.js";
import { QUICK, table, Workplace } from "./program.js";

const place = new Workplace();
const SIDE = 12;

/** A bright bar on noise, across or upright, at a place of its own; gray, or of three channels. */
function bar(upright: boolean, random: Random, channels: number): Uint8Array {
  const at = 2 + random.integer(SIDE - 4);
  const pixel = (i: number) =>
    ((upright ? i % SIDE : Math.floor(i / SIDE)) === at ? 160 : 0) + random.integer(90);
  const values = Array.from({ length: SIDE * SIDE }, (_, i) => pixel(i));
  return png(
    SIDE,
    SIDE,
    values.flatMap((value) => new Array<number>(channels).fill(value)),
  );
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(place.path(path)), { recursive: true });
  place.file(path, content);
}

function writeBars(folder: string, count: number, seed: number, channels = 1): void {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    write(`${folder}/across/${i}.png`, bar(false, random, channels));
    write(`${folder}/upright/${i}.png`, bar(true, random, channels));
  }
}

writeBars("bars", 40, 1);
write("bars/across/notes.txt", "bars that lie");
writeBars("test", 10, 2);
const words = ["train", "bars", "--epochs", "12", "--out", "bars.safetensors"];
const first = place.run(...words);

describe("lanewise train on a folder of images", () => {
  it("says what it did: classes, size, network, score and file", () => {
    expect(first.status).toBe(0);
    const { out } = first;
    expect(out).toContain("80 images of 2 classes\n  across   40\n  upright  40\n");
    expect(out).toContain("left out, no PNG or JPEG in a class folder: across/notes.txt\n");
    expect(out).toContain(
      "resized to 12 x 12, gray; the median image is 12 x 12; --size and --channels override\n",
    );
    expect(out).toMatch(/network: three convolutions and a hidden layer, [\d,]+ parameters; \S+ build\n/);
    expect(out).toContain(
      "64 images to learn from, moved, turned and scaled a little in each epoch (--augment)",
    );
    expect(out).toContain(", 16 held out; up to 12 epochs\n");
    expect(out).toMatch(/\nheld-out images, which also chose epoch \d+ of \d+\n\n/);
    expect(out).toMatch(/\n {2}accuracy +\d\.\d{3} +\d\.\d{3} to \d\.\d{3}\n/);
    expect(out).toMatch(/\n {2}actual \\ predicted +across +upright\n/);
    expect(out).toMatch(/\nwrote bars\.safetensors, [\d,]+ bytes\n$/);
  });

  it("learns which bars are upright", () => {
    const { scores } = place.json("evaluate", "bars.safetensors", "test");
    expect(scores.samples).toBe(20);
    expect(scores.accuracy).toBeGreaterThanOrEqual(0.9);
  });

  it("writes the same file for the same seed, on the scalar and the SIMD build", () => {
    const train = (out: string, ...more: string[]) => {
      const result = place.json("train", "bars", "--epochs", "2", "--out", out, ...more);
      expect(result).toMatchObject({
        labels: ["across", "upright"],
        counts: [40, 40],
        ...{ height: 12, width: 12, channels: 1, images: { training: 64, heldOut: 16 }, epochs: 2, seed: 1 },
      });
      return readFileSync(place.path(out));
    };
    const simd = train("simd.safetensors", "--variant", "simd");
    expect(train("scalar.safetensors", "--variant", "scalar").equals(simd)).toBe(true);
    expect(place.run("train", "bars", "--epochs", "2", "--seed", "2", "--out", "2.safetensors").status).toBe(
      0,
    );
    expect(readFileSync(place.path("2.safetensors")).equals(simd)).toBe(false);
  });

  it("converts images of other channels, and says so", () => {
    cpSync(place.path("bars"), place.path("mixed"), { recursive: true });
    const random = new Random(3);
    for (let i = 0; i < 3; i++) write(`mixed/upright/colour${i}.png`, bar(true, random, 3));
    const short = ["--epochs", "1", "--out", "mixed.safetensors"];
    const { out } = place.run("train", "mixed", ...short);
    expect(out).toContain("resized to 12 x 12, in colour;");
    expect(out).toContain("80 gray images of 83 repeated as red, green and blue\n");
    const gray = place.run("train", "mixed", "--channels", "1", "--size", "8x10", ...short);
    expect(gray.out).toContain("resized to 8 x 10, gray;");
    expect(gray.out).toContain("3 images of 83 converted from colours to gray\n");
  });

  it("goes on from a model of such images with --from, and refuses one of others", () => {
    const out = ["--epochs", "1", "--out", "more.safetensors", "--force"];
    expect(place.json("train", "bars", "--from", "bars.safetensors", ...out).scores.accuracy).toBeGreaterThan(
      0.8,
    );
    expect(place.run("train", "bars", "--from", "bars.safetensors", "--size", "8x8", ...out)).toMatchObject({
      status: 1,
      error: expect.stringMatching(
        /^bars\.safetensors: expected a model of images of \[8, 8, 1\], got one of \[12, 12, 1\]; --size and --channels set/,
      ),
    });
    writeBars("leaning/a", 3, 6);
    expect(place.run("train", "leaning/a", "--from", "bars.safetensors", ...out).status).toBe(0);
    write("leaning/a/slanted/1.png", png(SIDE, SIDE, new Array<number>(SIDE * SIDE).fill(1)));
    write("leaning/a/slanted/2.png", png(SIDE, SIDE, new Array<number>(SIDE * SIDE).fill(2)));
    expect(place.run("train", "leaning/a", "--from", "bars.safetensors", ...out).error).toBe(
      "bars.safetensors: expected a model of the classes across, slanted, upright, got across, upright\n",
    );
  });

  it("holds nothing out if told so", () => {
    const { out } = place.run(
      "train",
      "bars",
      "--validation",
      "0",
      "--epochs",
      "1",
      "--out",
      "all.safetensors",
    );
    expect(out).toContain("80 images to learn from");
    expect(out).toContain("no images were held out: no score\n");
  });

  it.each([
    [
      "a broken PNG",
      "bars/across/7.png",
      png(2, 2, [1, 2, 3, 4]).subarray(0, 45),
      /copy\/across\/7\.png: damaged PNG: /,
    ],
    [
      "an image of another format",
      "bars/across/7.png",
      "GIF89a..",
      /copy\/across\/7\.png: expected a PNG or a JPEG image, got a GIF/,
    ],
  ])("names the file of %s, and writes nothing", (_, file, content, message) => {
    cpSync(place.path("bars"), place.path("copy"), { recursive: true });
    write(file.replace("bars", "copy"), content);
    const { status, error } = place.run("train", "copy", "--out", "copy.safetensors");
    expect(status).toBe(1);
    expect(error).toMatch(message);
    expect(error.trim().split("\n")).toHaveLength(1);
    expect(existsSync(place.path("copy.safetensors"))).toBe(false);
  });

  it.each([
    [
      "a folder with one class",
      ["one/a/1.png", "one/a/2.png"],
      /^one: expected folders with images for two classes or more, got one, a\n$/,
    ],
    [
      "images without classes",
      ["loose/1.png"],
      /^loose: expected a folder for each class with PNG or JPEG images, got no images among 1 other files/,
    ],
    [
      "a class with one image",
      ["few/a/1.png", "few/a/2.png", "few/b/1.png"],
      /^few\/b: expected two images or more, one of which to validate on, got one\n$/,
    ],
    [
      "no images",
      ["none/a/notes.txt"],
      /^none: expected a table in CSV, JSON or Parquet, or a folder of images, got a folder with no images\n$/,
    ],
  ])("names %s", (_, files, message) => {
    for (const file of files) write(file, file.endsWith(".png") ? png(2, 2, [1, 2, 3, 4]) : "");
    const { status, error } = place.run("train", files[0].split("/")[0], "--out", "none.safetensors");
    expect([status, error]).toEqual([1, expect.stringMatching(message)]);
    expect(existsSync(place.path("none.safetensors"))).toBe(false);
  });

  it.each([
    [["train", "bars", "--folds", "3"], /--folds is for tables, and bars is a folder of images/],
    [
      ["train", "bars", "--hidden", "8"],
      /--hidden is for tables, text and time series \(--forecast\), and bars is a folder of images/,
    ],
    [
      ["train", table("iris"), "--size", "8x8"],
      /--size is for folders of images, and .*iris\.csv is a table/,
    ],
    [["train", "bars", "--size", "8"], /--size expected a height and a width, such as 32x32, got 8/],
    [["train", "bars", "--channels", "2"], /--channels expected one of 1, 3, got 2/],
    [["train", "bars", "--augment", "much"], /--augment expected one of none, light, mirrored, got much/],
  ])("refuses %j", (words, message) => {
    expect(place.run(...words)).toMatchObject({ status: 2, error: expect.stringMatching(message) });
  });
});

it("train says what to pass instead of a single image", () => {
  expect(place.run("train", "test/across/1.png", "--target", "x")).toMatchObject({
    status: 1,
    error:
      "test/across/1.png: expected a table or a folder, got an image: pass the folder that has a folder of images for each class\n",
  });
});

describe("lanewise predict on images", () => {
  const lines = (text: string) => text.trim().split("\n");

  it("gives a line a file: its class and the probabilities", () => {
    const { out, error, status } = place.run(
      "predict",
      "bars.safetensors",
      "test/upright/0.png",
      "test/across/1.png",
    );
    expect([status, error]).toEqual([0, ""]);
    const [header, ...rows] = lines(out);
    expect(header).toBe("file,prediction,probability,across,upright");
    expect(rows.map((row) => row.split(",").slice(0, 2))).toEqual([
      ["test/upright/0.png", "upright"],
      ["test/across/1.png", "across"],
    ]);
    for (const row of rows) {
      const [, prediction, probability, across, upright] = row.split(",");
      expect(Number(across) + Number(upright)).toBeCloseTo(1, 5);
      expect(probability).toBe(prediction === "across" ? across : upright);
    }
  });

  it("takes folders, sorted, and writes a file", () => {
    expect(
      place.run("predict", "bars.safetensors", "test", "bars/across/3.png", "--out", "classes.csv").status,
    ).toBe(0);
    const rows = lines(readFileSync(place.path("classes.csv"), "utf8")).slice(1);
    expect(rows).toHaveLength(21);
    expect(rows[0]).toMatch(/^test\/across\/0\.png,/);
    expect(rows[20]).toMatch(/^bars\/across\/3\.png,/);
  });

  it("resizes and converts as the model needs, and says so", () => {
    write("large.png", png(24, 24, new Array<number>(24 * 24 * 3).fill(9)));
    const { error, status } = place.run("predict", "bars.safetensors", "large.png");
    expect([status, error]).toEqual([0, "1 image of 1 converted from colours to gray\n"]);
  });

  it("names what is wrong, and leaves no file", () => {
    write("broken/1.png", png(2, 2, [1, 2, 3, 4]).subarray(0, 45));
    const broken = place.run("predict", "bars.safetensors", "test", "broken", "--out", "broken.csv");
    expect(broken).toMatchObject({
      status: 1,
      error: expect.stringMatching(/^broken\/1\.png: damaged PNG: /),
    });
    expect(existsSync(place.path("broken.csv"))).toBe(false);
    expect(place.run("predict", "bars.safetensors", "none.png").error).toBe(
      "none.png: no such file or folder\n",
    );
    expect(place.run("predict", "bars.safetensors", "large.png", table("iris"))).toMatchObject({
      status: 2,
      error: expect.stringMatching(
        /predict expected one table, or images and folders of images, got .*iris\.csv/,
      ),
    });
    place.json("train", table("iris"), "--target", "species", ...QUICK, "--out", "iris.safetensors");
    expect(place.run("predict", "iris.safetensors", "large.png").error).toBe(
      "iris.safetensors: expected a model of images, whose input is [height, width, 1 or 3], got one of [4]\n",
    );
  });

  it("evaluates folders of the model's classes only", () => {
    writeBars("slanted", 2, 5);
    write("slanted/diagonal/1.png", png(2, 2, [1, 2, 3, 4]));
    expect(place.run("evaluate", "bars.safetensors", "slanted")).toMatchObject({
      status: 1,
      error:
        "slanted/diagonal: expected the classes across, upright, as bars.safetensors has them, got another\n",
    });
  });
});
