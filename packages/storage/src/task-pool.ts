/** What a pool keeps to. */
export interface PoolLimits {
  readonly tasksMax: number;
  /** What all tasks at a time may weigh together; a single one may weigh more. */
  readonly weightMax?: number;
  /** Aborted by whoever gives up, and by the pool when a task fails, with the failure as the reason. */
  readonly stop: AbortController;
}

/** Runs tasks side by side, within limits. The first that fails stops all others. */
export class TaskPool {
  readonly #limits: PoolLimits;
  readonly #running = new Set<Promise<void>>();
  #weight = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /**
   * Starts a task once there is room for it; resolves when it is started.
   * @throws the reason for which the pool was stopped.
   */
  async start(task: () => Promise<void>, { weight = 0 }: { weight?: number } = {}): Promise<void> {
    const { stop } = this.#limits;
    while (!this.#hasRoomFor(weight)) await Promise.race(this.#running);
    stop.signal.throwIfAborted();
    this.#weight += weight;
    const running = task()
      .catch((error: unknown) => stop.abort(error))
      .finally(() => {
        this.#running.delete(running);
        this.#weight -= weight;
      });
    this.#running.add(running);
  }

  /** Waits until no task runs any more; never fails. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /**
   * Waits until all tasks are done.
   * @throws the reason for which the pool was stopped.
   */
  async done(): Promise<void> {
    await this.idle();
    this.#limits.stop.signal.throwIfAborted();
  }

  #hasRoomFor(weight: number): boolean {
    const { tasksMax, weightMax = Number.POSITIVE_INFINITY } = this.#limits;
    if (this.#running.size === 0) return true;
    return this.#running.size < tasksMax && this.#weight + weight <= weightMax;
  }
}
