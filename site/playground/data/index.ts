import { curve } from "./curve.js";
import { digits } from "./digits.js";
import { points } from "./points.js";
import type { Scene } from "./scene.js";
import { sphere } from "./sphere.js";

/** The scenes by their names in a link. A scene is added by a file and a row here. */
export const scenes = { points, curve, sphere, digits } as const satisfies Record<string, Scene>;

export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes) as SceneName[];

/** The scene of a recipe. Each scene has its own type of data. */
export const sceneOf = (name: SceneName): Scene => scenes[name];
