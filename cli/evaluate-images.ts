import { join } from "node:path";
import { createBackend } from "lanewise";
import { imageFolder } from "lanewise/node";
import { conversionNote, survey } from "./image-files.js";
import { readImageModel } from "./image-model.js";
import { imageScores, worstPairs } from "./image-scores.js";
import type { AskedRoles } from "./roles.js";
import { scoreLine } from "./score.js";

/** Scores a model on a folder that has a folder for each class, and says the scores. */
export async function evaluateImages(
  path: string,
  data: string,
  asked: AskedRoles,
  json: boolean,
): Promise<void> {
  const say = (sentence: string) => console.error(sentence);
  const { model, kind, shape, background } = await readImageModel(await createBackend(), path, asked, say);
  if (kind.task === "regression")
    throw new Error(`${path}: expected a model that classifies; --labels names classes of its outputs`);
  const { labels } = kind;
  const [height, width, depth] = shape;
  const channels = depth === 1 ? 1 : 3;
  const { labels: found, training } = imageFolder(data, { size: [height, width], channels, background });
  const indices = found.map((label) => labels.indexOf(label));
  const unknown = found.find((_, i) => indices[i] < 0);
  if (unknown !== undefined)
    throw new Error(
      `${join(data, unknown)}: expected folders of the classes ${labels.join(", ")}, as ${path} has them, got another`,
    );
  const note = conversionNote(survey(training.files.map((file) => join(data, file))), channels);
  if (note) say(note);
  const scores = imageScores(model, labels, { x: training.x, y: training.y.map((index) => indices[index]) });
  if (json) {
    console.log(JSON.stringify({ model: path, data, ...kind, scores }));
    return;
  }
  console.log(scoreLine(scores));
  const worst = worstPairs(labels, scores);
  if (worst) console.log(`\n${worst}`);
}
