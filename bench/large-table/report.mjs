/** Prints what a process measured, and the most memory that it had. */
export function report(measured) {
  console.log(JSON.stringify({ ...measured, megabytes: process.resourceUsage().maxRSS / 1024 }));
}
