import { SingleBar } from 'cli-progress';

/** How far long work has come. */
export interface Progress {
  advance(): void;
  end(): void;
}

/** A bar on a terminal, a plain line for each tenth elsewhere; always on standard error. */
export function createProgress({ label, total }: { label: string; total: number }): Progress {
  return process.stderr.isTTY ? bar(label, total) : lines(label, total);
}

function bar(label: string, total: number): Progress {
  const progressBar = new SingleBar({
    format: `${label} {bar} {value}/{total} · {duration_formatted} · {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
  });
  progressBar.start(total, 0);
  return { advance: () => progressBar.increment(), end: () => progressBar.stop() };
}

function lines(label: string, total: number): Progress {
  let done = 0;
  let saidTenths = 0;
  return {
    advance: () => {
      done += 1;
      const tenths = Math.floor((done * 10) / total);
      if (tenths === saidTenths) return;
      saidTenths = tenths;
      process.stderr.write(`${label} ${done}/${total}\n`);
    },
    end: () => undefined,
  };
}
