// No bundler: the files of the package by their addresses.
import * as inference from "./node_modules/lanewise/dist/inference.js";
import * as lanewise from "./node_modules/lanewise/dist/lanewise.js";
import * as table from "./node_modules/lanewise/dist/table.js";
import { run } from "./run.js";

run(lanewise, inference, table);
