import { join } from "node:path";
import { createBackend } from "lanewise";
import { scorePredictions } from "lanewise/table";
import { counted } from "./figures.js";
import { conversionNote } from "./image-files.js";
import { readImageModel } from "./image-model.js";
import { labelledImages } from "./labelled-images.js";
import type { AskedRoles } from "./predictor.js";
import { scoresJson, scoresText } from "./score-text.js";
import type { ThreadCount } from "./threads.js";

/** Scores a model on a folder of images with their classes, and prints the scores. */
export async function evaluateImages(
  path: string,
  data: string,
  asked: AskedRoles,
  { json, threads }: { json: boolean; threads: ThreadCount },
): Promise<void> {
  const say = (sentence: string) => console.error(sentence);
  const { predict, task, labels, shape, background } = await readImageModel(
    await createBackend({ threads }),
    path,
    asked,
    say,
  );
  if (labels === undefined)
    throw new Error(`${path}: expected a model that classifies; --labels names classes of its outputs`);
  const images = labelledImages(data, "t10k");
  const indices = images.labels.map((label) => labels.indexOf(label));
  const unknown = images.labels.find((_, i) => indices[i] < 0);
  if (unknown !== undefined)
    throw new Error(
      `${join(data, unknown)}: expected the classes ${labels.join(", ")}, as ${path} has them, got another`,
    );
  const note = conversionNote(images.survey, shape[2]);
  if (note) say(note);
  const { x, y } = images.read(shape, { background }).training;
  const values = Array.from(y, (index) => indices[index]);
  const scored = scorePredictions({ labels, values }, predict(x));
  if (json) console.log(JSON.stringify({ model: path, data, task, labels, scores: scoresJson(scored) }));
  else console.log(`${counted(values.length, "image")}\n\n${scoresText(scored)}`);
}
