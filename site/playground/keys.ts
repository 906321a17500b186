import { onMounted, onUnmounted, ref } from "vue";
import { store, stored } from "./stored.js";

/** What the keys of the playground do. */
export interface KeyActions {
  play(): void;
  step(): void;
  restart(): void;
  undo(): void;
  lens(number: number): void;
  help(): void;
}

/** The keys, as the dialog lists them. */
export const keyList = [
  ["Space", "Play or pause"],
  [".", "One batch"],
  ["R", "Restart"],
  ["U", "Undo"],
  ["1, 2, 3 …", "Choose a lens"],
  ["?", "This list"],
  ["Arrows", "In the network: from unit to unit. In the answer: move the probe"],
  ["Enter", "In the network: edit the weights of a unit"],
  ["+ and -", "In the network: add or remove a unit"],
  ["L", "In the network: add a layer; with Shift, remove the last"],
] as const;

const STORE = "lanewise-keys";

/** Whether the keys work. Speech input can trigger them by accident, so they can be turned off. */
export const keysOn = ref(true);

export function setKeysOn(on: boolean): void {
  keysOn.value = on;
  store("localStorage", STORE, on ? "on" : "off");
}

/** Listens to keys that no field, button or dialog takes. */
export function useKeys(actions: KeyActions): void {
  function press(event: KeyboardEvent): void {
    if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    if (target.closest("input, select, textarea, dialog, [contenteditable], .VPLocalSearchBox")) return;
    const { key } = event;
    if (key === " ") {
      // A button that has the focus is what Space presses.
      if (target.closest("button, a, summary")) return;
      event.preventDefault();
      actions.play();
    } else if (key === ".") actions.step();
    else if (key === "r") actions.restart();
    else if (key === "u") actions.undo();
    else if (key === "?") actions.help();
    else if (/^[1-9]$/.test(key)) actions.lens(Number(key));
  }

  onMounted(() => {
    keysOn.value = stored("localStorage", STORE) !== "off";
    addEventListener("keydown", press);
  });
  onUnmounted(() => removeEventListener("keydown", press));
}
