import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { drivers, isInstalled } from "./index.js";

/**
 * Installs the browsers that are missing, where this is Debian and its administrator. Elsewhere the tests say
 * what is missing.
 */
export function installMissing(allowed: readonly string[] = []): void {
  const missing = drivers.filter((driver) => !isInstalled(driver) && !allowed.includes(driver.name));
  if (missing.length === 0 || !existsSync("/etc/debian_version") || process.getuid?.() !== 0) return;
  const packages = missing.flatMap(({ packages }) => packages);
  console.log(`installing ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const stdio = ["ignore", "ignore", "inherit"] as const;
  execFileSync("apt-get", ["update"], { env, stdio: [...stdio] });
  execFileSync("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], {
    env,
    stdio: [...stdio],
  });
}
