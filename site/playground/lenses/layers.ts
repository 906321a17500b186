import { computed } from "vue";
import { sceneOf } from "../data/index.js";
import type { Limits } from "../data/scene.js";
import type { ActivationChoice } from "../recipe.js";
import { usePlayground } from "../state.js";

/** A list of layers in a recipe. */
export type LayerList = "layers" | "convolutions";

const NONE: Limits = { layers: 0, units: 0 };

/** Edits of one of the network's lists of layers, within the limits of the scene. */
export function useLayers(list: LayerList = "layers") {
  const { recipe, edit } = usePlayground();
  const layers = computed(() => recipe.value[list]);
  const limits = computed(() => {
    const { limits, image } = sceneOf(recipe.value.scene);
    return list === "layers" ? limits : (image?.limits ?? NONE);
  });
  const canAddLayer = computed(() => layers.value.length < limits.value.layers);

  /** Adds a layer at the end, like the one before it, or removes one. */
  function addLayer(change: 1 | -1): void {
    if (change < 0) edit({ [list]: layers.value.slice(0, -1) });
    else if (canAddLayer.value)
      edit({ [list]: [...layers.value, layers.value.at(-1) ?? { units: 4, activation: "tanh" }] });
  }

  function removeLayer(number: number): void {
    edit({ [list]: layers.value.filter((_, i) => i !== number) });
  }

  function setUnits(number: number, units: number): void {
    if (units < 1 || units > limits.value.units) return;
    edit({ [list]: layers.value.map((layer, i) => (i === number ? { ...layer, units } : layer)) });
  }

  function setActivation(number: number, activation: ActivationChoice): void {
    edit({ [list]: layers.value.map((layer, i) => (i === number ? { ...layer, activation } : layer)) });
  }

  return { limits, canAddLayer, addLayer, removeLayer, setUnits, setActivation };
}

/** Gives the network an input, or takes it away. Keeps at least one: without inputs it cannot learn. */
export function useInputs() {
  const { recipe, edit } = usePlayground();
  function toggleInput(feature: string): void {
    const { inputs, scene } = recipe.value;
    const next = sceneOf(scene).features.filter((name) => inputs.includes(name) !== (name === feature));
    if (next.length > 0) edit({ inputs: next });
  }
  return { toggleInput };
}
