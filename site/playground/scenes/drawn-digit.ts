import { shallowRef } from "vue";
import { DIGIT_PIXELS, digitImages } from "../data/digit-images.js";

/** The image that is on the pad, which the network reads. Undefined where it is empty. */
export const drawnDigit = shallowRef<Uint8Array>();

/** An image of the set. */
export const imageAt = (number: number): Uint8Array =>
  digitImages().pixels.subarray(number * DIGIT_PIXELS, (number + 1) * DIGIT_PIXELS);

/** What feature maps are shown of: the image on the pad or, where that is empty, the first of the set. */
export const seenDigit = (): Uint8Array => drawnDigit.value ?? imageAt(0);
