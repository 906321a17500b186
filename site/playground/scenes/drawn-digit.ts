import { shallowRef } from "vue";

/** The image that is on the pad, which the network reads. Undefined where it is empty. */
export const drawnDigit = shallowRef<Uint8Array>();
