import { permutation } from "../../cli/random.js";
import { type Images, pick } from "../digits/images.js";

/** The images of the digits `from` to `to`, with labels from 0 on. */
export function pickDigits(images: Images, from: number, to: number): Images {
  const rows = [...images.labels.keys()].filter((i) => images.labels[i] >= from && images.labels[i] <= to);
  const picked = pick(images, rows);
  return { ...picked, labels: picked.labels.map((digit) => digit - from) };
}

/** Of each label the first `count` images, in an order that the seed decides. */
export function pickFew(images: Images, count: number, seed: number): Images {
  const order = permutation(images.labels.length, seed);
  const labels = [...new Set(images.labels)].sort();
  const rows = labels.flatMap((label) => order.filter((i) => images.labels[i] === label).slice(0, count));
  return pick(images, rows);
}
