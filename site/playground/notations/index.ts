import { answer } from "./answer.js";
import { lanewise } from "./lanewise.js";
import { mehrotra } from "./mehrotra.js";
import type { NotationName } from "./names.js";
import type { Notation } from "./notation.js";
import { styxofsyntax } from "./styxofsyntax.js";
import { understanding } from "./understanding.js";
import { zhou } from "./zhou.js";

/** A notation is added by a file, its name and a row here. */
export const notations: Readonly<Record<NotationName, Notation>> = {
  lanewise,
  styxofsyntax,
  zhou,
  mehrotra,
  answer,
  understanding,
};
