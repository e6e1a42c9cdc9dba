const LOOK_EVERY_MS = 50;

/** Ends the process when it takes more memory than it may, or when the one that started it is gone. */
export function watchMemory({ maxResidentMegabytes }: { maxResidentMegabytes: number }): void {
  const parent = process.ppid;
  const maxBytes = maxResidentMegabytes * 1_000_000;
  setInterval(() => {
    if (process.memoryUsage.rss() > maxBytes || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
}
