import { ref } from "vue";

/** The class of the points that are drawn by hand. */
export const brush = ref(0);
