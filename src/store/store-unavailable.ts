import type { StoreRefusal } from './store-refusal.ts';

/** The store did not answer in time, or it refused. The outcome of the operation is unknown, and
 * it may be tried again; after a lasting refusal, not soon. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** Why the store refused; undefined if it did not answer. */
  readonly refusal: StoreRefusal | undefined;
  /** Until when the operation may still take effect, on the clock of `performance.now()`;
   * undefined if it can no longer. */
  openUntilMonotonicMs: number | undefined;
  /** Nothing was sent to the store. */
  readonly isUnsent: boolean;
  /** Nor is anything until it answers again: it did not, several times in a row. */
  readonly isCutOff: boolean;

  constructor(
    operation: string,
    {
      reason,
      refusal,
      cause,
      isCutOff = false,
      isUnsent = isCutOff,
    }: {
      reason: string;
      refusal?: StoreRefusal | undefined;
      cause?: unknown;
      isUnsent?: boolean;
      isCutOff?: boolean;
    },
  ) {
    const what = refusal
      ? `the store refuses ${operation}`
      : `${operation} did not reach the store`;
    super(`${what}: ${reason}`, { cause });
    this.refusal = refusal;
    this.isUnsent = isUnsent;
    this.isCutOff = isCutOff;
  }
}
