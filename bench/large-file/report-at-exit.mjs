// Before a program: makes it print what it took when it ends, as JSON in a line of standard error.
const begun = performance.now();
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const measured = {
    seconds: (performance.now() - begun) / 1000,
    processor: (userCPUTime + systemCPUTime) / 1e6,
    megabytes: maxRSS / 1024,
  };
  process.stderr.write(`${JSON.stringify(measured)}\n`);
});
