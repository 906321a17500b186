import { pathToFileURL } from "node:url";
import { ValueError } from "../index.js";
import type { Program } from "./engine.js";
import { addLayers, type LayerMakers } from "./own-layers.js";
import { programs } from "./programs.js";

/** What a module of one's own exports, for the option `use`. */
export interface UsedModule {
  /** Layers, by their type in a spec. */
  readonly layers?: LayerMakers;
  /** Programs that engines run, beside those of the library. */
  readonly programs?: readonly Program[];
}

const known = new Map(programs.map((program) => [program.name, program]));

/** The program of a name. @throws ValueError with the names that there are */
export function programOf(name: string): Program {
  const program = known.get(name);
  if (program) return program;
  throw new ValueError(
    `distributed: unknown program ${JSON.stringify(name)}; known are ${[...known.keys()].join(", ")}`,
  );
}

/**
 * Loads modules of one's own, which paths or file URLs name, for this process or thread.
 * @throws ValueError for one that cannot be loaded
 */
export async function useModules(modules: readonly string[]): Promise<void> {
  for (const name of modules) {
    const url = /^file:/.test(name) ? name : pathToFileURL(name).href;
    let used: UsedModule;
    try {
      used = await import(url);
    } catch (cause) {
      throw new ValueError(`distributed: could not load the module ${name}: ${cause}`, { cause });
    }
    for (const program of used.programs ?? []) known.set(program.name, program);
    addLayers(used.layers);
  }
}
