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

/** How far the sending of files has come, in bytes and in files. */
export interface TransferProgress {
  /** More bytes have been sent, or fewer than was thought. */
  addBytes(count: number): void;
  /** One more file is done with. */
  addFile(): void;
  end(): void;
}

/** As `createProgress`, for files that are sent. */
export function createTransferProgress(transfer: { label: string; files: number; bytes: number }): TransferProgress {
  const { label, files, bytes } = transfer;
  let doneFiles = 0;
  let doneBytes = 0;
  const format = () => ({
    files: `${doneFiles}/${files} files`,
    size: `${sizeWords(doneBytes)} of ${sizeWords(bytes)}`,
  });
  if (!process.stderr.isTTY) {
    const progress = lines(label, files);
    return { addBytes: () => undefined, addFile: progress.advance, end: progress.end };
  }
  const progressBar = new SingleBar({
    format: `${label} {bar} {files} · {size} · {eta_formatted} left`,
    stream: process.stderr,
    hideCursor: true,
  });
  progressBar.start(bytes, 0, format());
  return {
    addBytes: (count) => {
      doneBytes += count;
      progressBar.update(doneBytes, format());
    },
    addFile: () => {
      doneFiles += 1;
      progressBar.update(doneBytes, format());
    },
    end: () => progressBar.stop(),
  };
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes as people say it. */
export function sizeWords(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
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
