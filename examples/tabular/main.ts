import {
  adamw,
  createBackend,
  dense,
  dropout,
  type EpochLog,
  kFold,
  labelMap,
  minMaxScaler,
  Sequential,
  scaling,
  schedules,
  standardScaler,
  takeRows,
} from "lanewise";
import { runCommand } from "../../cli/command.js";
import { textTable } from "../../cli/table.js";
import { drawPanels, type Panel } from "../plot.js";
