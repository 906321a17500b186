"use client";

import { createBackend } from "lanewise";
import { useEffect, useState } from "react";

/** A page that creates a backend in the browser. */
export default function Page() {
  const [variant, setVariant] = useState("");
  useEffect(() => {
    createBackend().then((backend) => setVariant(backend.variant));
  }, []);
  return <output>{variant}</output>;
}
