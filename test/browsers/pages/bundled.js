// What a bundler is given: the package by its name.
import * as lanewise from "lanewise";
import * as inference from "lanewise/inference";
import { run } from "./run.js";

run(lanewise, inference);
