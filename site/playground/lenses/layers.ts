import { computed } from "vue";
import { sceneOf } from "../data/index.js";
import type { ActivationChoice } from "../recipe.js";
import { usePlayground } from "../state.js";

/** Edits of the network's layers, within the limits of the scene. */
export function useLayers() {
  const { recipe, edit } = usePlayground();
  const limits = computed(() => sceneOf(recipe.value.scene).limits);
  const canAddLayer = computed(() => recipe.value.layers.length < limits.value.layers);

  /** Adds a layer before the output, like the one before it, or removes one. */
  function addLayer(change: 1 | -1): void {
    const { layers } = recipe.value;
    if (change < 0) edit({ layers: layers.slice(0, -1) });
    else if (canAddLayer.value)
      edit({ layers: [...layers, layers.at(-1) ?? { units: 4, activation: "tanh" }] });
  }

  function removeLayer(number: number): void {
    edit({ layers: recipe.value.layers.filter((_, i) => i !== number) });
  }

  function addUnit(number: number, change: number): void {
    const { units } = recipe.value.layers[number];
    const next = units + change;
    if (next < 1 || next > limits.value.units) return;
    edit({
      layers: recipe.value.layers.map((layer, i) => (i === number ? { ...layer, units: next } : layer)),
    });
  }

  function setActivation(number: number, activation: ActivationChoice): void {
    edit({
      layers: recipe.value.layers.map((layer, i) => (i === number ? { ...layer, activation } : layer)),
    });
  }

  /** Keeps at least one input: a network without inputs cannot learn. */
  function toggleInput(feature: string): void {
    const { inputs, scene } = recipe.value;
    const next = sceneOf(scene).features.filter((name) => inputs.includes(name) !== (name === feature));
    if (next.length > 0) edit({ inputs: next });
  }

  return { limits, canAddLayer, addLayer, removeLayer, addUnit, setActivation, toggleInput };
}
