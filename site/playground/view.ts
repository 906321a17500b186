import { type Refusal, wordIn } from "./data/scene.js";

/** What a link shows of the playground. It changes nothing of the run. */
export interface View {
  /** The answer, the transport and the hash alone, for a frame in another page. */
  readonly embed: boolean;
  /** What is not shown, such as what a lesson is to be without. */
  readonly hidden: readonly ControlName[];
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

export const wholeView: View = { embed: false, hidden: [] };

/** The parts of a link that say what is shown: names and values. */
export const viewParts = ({ embed, hidden }: View): string[] => [
  ...(embed ? ["embed"] : []),
  ...(hidden.length > 0 ? [`hide=${hidden.join(",")}`] : []),
];

/** Reads them. What is no control is given to `refuse`. */
export function viewFrom(pairs: ReadonlyMap<string, string>, refuse: (reason: Refusal) => void): View {
  const named = (pairs.get("hide") ?? "").split(",").filter((word) => word !== "");
  const known = named.filter((word) => {
    try {
      return wordIn("What is hidden", word, controlNames);
    } catch (reason) {
      refuse(reason as Refusal);
      return false;
    }
  });
  return { embed: pairs.has("embed"), hidden: controlNames.filter((name) => known.includes(name)) };
}
