import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  type Layer,
  maxPool1d,
  maxPool2d,
} from "../../../index.js";
import type { Place } from "../../foreign-json.js";
import { onChannelsLast, type Read } from "../reading.js";
import { type Dimensions, inOne, inTwo, sizesAt } from "./sizes.js";

function paddingAt(padding: Place): "valid" | "same" {
  if (padding.empty || padding.value === "valid") return "valid";
  if (padding.value === "same") return "same";
  throw padding.wrong('"valid" or "same"');
}

interface Windows<Size> {
  readonly poolSize: Size;
  readonly strides: Size;
  readonly padding: "valid" | "same";
}

const pool = <Size>(
  dimensions: Dimensions,
  sizeFrom: (sizes: readonly number[]) => Size,
  make: (windows: Windows<Size>) => Layer,
): Read =>
  onChannelsLast((config) => {
    const sizes = sizesAt(config.either("pool_size", "poolSize"), dimensions, new Array(dimensions).fill(2));
    const strides = sizesAt(config.at("strides"), dimensions, sizes);
    return make({
      poolSize: sizeFrom(sizes),
      strides: sizeFrom(strides),
      padding: paddingAt(config.at("padding")),
    });
  });

const global = (make: (options: { keepDims: boolean }) => Layer): Read =>
  onChannelsLast((config) => make({ keepDims: config.at("keepdims").flag(false) }));

/** Pools. */
export const poolLayers: Readonly<Record<string, Read>> = {
  MaxPooling1D: pool(1, inOne, maxPool1d),
  MaxPooling2D: pool(2, inTwo, maxPool2d),
  AveragePooling1D: pool(1, inOne, averagePool1d),
  AveragePooling2D: pool(2, inTwo, averagePool2d),
  GlobalMaxPooling1D: global(globalMaxPool1d),
  GlobalMaxPooling2D: global(globalMaxPool2d),
  GlobalAveragePooling1D: global(globalAveragePool1d),
  GlobalAveragePooling2D: global(globalAveragePool2d),
};
