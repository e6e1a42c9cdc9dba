/** So many in so long a time. */
export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

/** Counts what is asked, in this process or for several. */
export interface RateLimiter {
  /**
   * Counts one request, or as many as it stands for.
   * @param key who or what is counted; the same key is always counted at the same rate.
   * @returns 0 if it is within the rate, else the seconds after which it will be.
   */
  take(key: string, rate: Rate, count?: number): Promise<number>;
  /** Counts from nothing again. */
  reset(key: string, rate: Rate): Promise<void>;
}

/** Who is counted how; what is left out is not limited. */
export interface RequestRates {
  /** Each key and each session. */
  readonly perCaller?: Rate;
  /** All of a user's keys and sessions together. */
  readonly perUser?: Rate;
  /** What comes from one address without signing in. */
  readonly perAddress?: Rate;
}
