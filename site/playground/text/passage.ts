import { computed } from "vue";
import { bitsOf } from "./characters.js";
import { useText } from "./state.js";

/** The passage that the model reads, and the character of it that one points at. */
export function usePassage() {
  const { snapshot, start, place, passage: number } = useText();
  const passage = computed(() => snapshot.value?.passage);
  const length = computed(() => (passage.value ? passage.value.characters.length - 1 : 0));
  const at = computed(() => Math.max(0, Math.min(place.value, length.value - 1)));
  /** Of each character after the first one: the bits of what did come. */
  const bits = computed(() => {
    const read = passage.value;
    if (!read) return [];
    const kinds = read.shares.length / length.value;
    return Array.from({ length: length.value }, (_, i) =>
      bitsOf(read.shares[i * kinds + read.tokens[i + 1]]),
    );
  });
  /** What may follow the character, the likeliest first. */
  const expected = computed(() => {
    const read = passage.value;
    const kinds = start.value?.kinds;
    if (!read || !kinds || read.shares.length !== kinds.length * length.value) return [];
    return Array.from(
      read.shares.subarray(at.value * kinds.length, (at.value + 1) * kinds.length),
      (share, token) => ({
        token,
        sign: kinds[token],
        share,
        isActual: token === read.tokens[at.value + 1],
      }),
    ).sort((a, b) => b.share - a.share || a.token - b.token);
  });
  const pointAt = (index: number): void => {
    place.value = Math.max(0, Math.min(length.value - 1, index));
  };
  const turn = (by: 1 | -1): void => {
    number.value += by;
  };
  return { passage, length, at, bits, expected, pointAt, turn };
}
