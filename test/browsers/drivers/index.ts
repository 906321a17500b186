import { existsSync } from "node:fs";
import { chromium } from "./chromium.js";
import type { Browser, Driver } from "./driver.js";
import { firefox } from "./firefox.js";
import { webkit } from "./webkit.js";

export const drivers: readonly Driver[] = [chromium, firefox, webkit];

export const isInstalled = ({ executable }: Driver): boolean => existsSync(executable);

/** @throws Error when the browser is not there, with what brings it */
export function launch(driver: Driver): Promise<Browser> {
  if (isInstalled(driver)) return driver.launch();
  const packages = driver.packages.join(" ");
  throw new Error(
    `${driver.name} is missing: apt-get install ${packages} brings it; --allow-missing ${driver.name} tests without it`,
  );
}
