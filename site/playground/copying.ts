import { ref } from "vue";

/** Puts texts on the clipboard, and says for a moment how that went. `otherwise` says where else they are. */
export function useCopying() {
  const said = ref("");
  async function copy(text: string, done: string, otherwise: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      said.value = done;
    } catch {
      said.value = otherwise;
    }
    setTimeout(() => {
      said.value = "";
    }, 4000);
  }
  return { said, copy };
}
