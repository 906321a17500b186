import { attentions } from "./attention.mjs";
import { convolutions } from "./convolution.mjs";
import { distributed } from "./distributed.mjs";
import { graphs } from "./graph.mjs";
import { images } from "./images.mjs";
import { formats } from "./interop.mjs";
import { kernels } from "./kernels.mjs";
import { lengths } from "./lengths.mjs";
import { library } from "./library.mjs";
import { networks } from "./network.mjs";
import { paddingFormats } from "./padding-formats.mjs";
import { pools } from "./pooling.mjs";
import { recurrents } from "./recurrent.mjs";
import { recurrentFormats } from "./recurrent-formats.mjs";
import { reports } from "./reports.mjs";
import { sequenceFormats } from "./sequence-formats.mjs";
import { sequences } from "./sequences.mjs";
import { sequenceCommands } from "./sequences-command.mjs";
import { site } from "./site.mjs";
import { splits } from "./splits.mjs";
import { tables } from "./tables.mjs";
import { texts } from "./texts.mjs";
import { threads } from "./threads.mjs";

/**
 * What is broken: a file, the tests that are to notice it, and, by a name for what goes wrong, the part of a
 * line that is changed (which stands in the file once), what takes its place and, where they differ, the
 * tests, or why no test can see a difference: { tests, equivalent }.
 */
export const table = [
  ...kernels,
  ...convolutions,
  ...pools,
  ...attentions,
  ...recurrents,
  ...graphs,
  ...networks,
  ...images,
  ...formats,
  ...recurrentFormats,
  ...paddingFormats,
  ...sequenceFormats,
  ...tables,
  ...reports,
  ...library,
  ...sequences,
  ...lengths,
  ...splits,
  ...threads,
  ...distributed,
  ...sequenceCommands,
  ...site,
  ...texts,
];
