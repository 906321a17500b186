// What a bundler is given: the package by its name.
import * as lanewise from "lanewise";
import * as inference from "lanewise/inference";
import * as table from "lanewise/table";
import { run } from "./run.js";

run(lanewise, inference, table);
