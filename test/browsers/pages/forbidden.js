import { createBackend, createBackendSync } from "./node_modules/lanewise/dist/lanewise.js";

/** What a function throws, or its promise rejects with. */
const thrown = async (make) => {
  try {
    await make();
  } catch ({ name, message }) {
    return { name, message };
  }
};

report([await thrown(createBackend), await thrown(createBackendSync)]);
