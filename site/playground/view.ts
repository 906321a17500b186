import { type Refusal, wordIn } from "./data/scene.js";
import { type NotationName, notationNames } from "./notations/names.js";

/** What a link shows of the playground. It changes nothing of the run. */
export interface View {
  /** The answer, the transport and the hash alone, for a frame in another page. */
  readonly embed: boolean;
  /** What is not shown, such as what a lesson is to be without. */
  readonly hidden: readonly ControlName[];
  /** Of the equations. */
  readonly notation: NotationName;
}

/** What may be hidden. */
export const controls = {
  scenes: "Other scenes",
  data: "Data",
  training: "Training",
  lenses: "Choice of lenses",
  speed: "Speed",
  loss: "Loss",
  hash: "Hash",
  recipe: "Recipe in words",
  share: "Undo, share, export",
} as const;

export type ControlName = keyof typeof controls;
export const controlNames = Object.keys(controls) as ControlName[];

export const wholeView: View = { embed: false, hidden: [], notation: notationNames[0] };

/** The keys of a view in a link. */
export const viewKeys = ["embed", "hide", "notation"] as const;

/** The parts of a link that say what is shown: names and values. */
export const viewParts = ({ embed, hidden, notation }: View): string[] => [
  ...(embed ? ["embed"] : []),
  ...(hidden.length > 0 ? [`hide=${hidden.join(",")}`] : []),
  ...(notation === wholeView.notation ? [] : [`notation=${notation}`]),
];

/** Reads them. Calls `refuse` with what is not known. */
export function viewFrom(pairs: ReadonlyMap<string, string>, refuse: (reason: Refusal) => void): View {
  const attempt = <Word extends string>(what: string, text: string, words: readonly Word[]) => {
    try {
      return wordIn(what, text, words);
    } catch (reason) {
      refuse(reason as Refusal);
      return undefined;
    }
  };
  const words = (pairs.get("hide") ?? "").split(",").filter((word) => word !== "");
  const known = words.map((word) => attempt("What is hidden", word, controlNames));
  const named = pairs.get("notation");
  return {
    embed: pairs.has("embed"),
    hidden: controlNames.filter((name) => known.includes(name)),
    notation: (named !== undefined && attempt("The notation", named, notationNames)) || wholeView.notation,
  };
}
