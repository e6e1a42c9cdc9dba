import { SingleBar } from 'cli-progress';

/** How far long work has come. */
export interface Progress {
  advance(): void;
  /** So much is done of so much, which may only now be known. */
  reach(done: number, total: number): void;
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
  return {
    advance: () => progressBar.increment(),
    reach: (done, all) => {
      progressBar.setTotal(all);
      progressBar.update(done);
    },
    end: () => progressBar.stop(),
  };
}

function lines(label: string, total: number): Progress {
  let reached = 0;
  let saidTenths = 0;
  const reach = (done: number, all: number): void => {
    reached = done;
    const tenths = Math.floor((done * 10) / all);
    if (tenths === saidTenths) return;
    saidTenths = tenths;
    process.stderr.write(`${label} ${done}/${all}\n`);
  };
  return {
    advance: () => reach(reached + 1, total),
    reach,
    end: () => undefined,
  };
}
