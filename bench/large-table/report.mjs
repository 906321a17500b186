/** Prints what a process measured, the processor's time that it took, and the most memory that it had. */
export function report(measured) {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const processor = (userCPUTime + systemCPUTime) / 1e6;
  console.log(JSON.stringify({ ...measured, processor, megabytes: maxRSS / 1024 }));
}
