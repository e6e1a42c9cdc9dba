import { setTimeout as delay } from 'node:timers/promises';

/** Tells readers of the log in this process that there may be more to read. Only ever a hint: readers also poll. */
export interface AppendSignal {
  /** Something was appended. */
  raise(): void;
  /** Calls back at each signal. @returns ends it. */
  onRaise(callback: () => void): () => void;
}

export function createAppendSignal(): AppendSignal {
  const callbacks = new Set<() => void>();
  return {
    raise: () => {
      for (const callback of [...callbacks]) callback();
    },
    onRaise: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}

/** Waits for signals, without missing one that is raised between two waits. */
export interface SignalListener {
  /** Resolves at the first signal since the last wait, when the time is up, or when the reader turns away. */
  wait(options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<void>;
  close(): void;
}

export function listenTo(appended: AppendSignal): SignalListener {
  let isRaised = false;
  let wakeUp: () => void = () => undefined;
  const close = appended.onRaise(() => {
    isRaised = true;
    wakeUp();
  });
  return {
    close,
    wait: async ({ timeoutMs, signal }) => {
      const awake = new AbortController();
      wakeUp = () => awake.abort();
      if (isRaised) awake.abort();
      const stop = signal === undefined ? awake.signal : AbortSignal.any([awake.signal, signal]);
      try {
        await delay(timeoutMs, undefined, { signal: stop, ref: false });
      } catch (error) {
        if (!stop.aborted) throw error;
      }
      isRaised = false;
    },
  };
}
