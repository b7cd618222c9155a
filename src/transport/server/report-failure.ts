// Containing failures: what is thrown while one request or one connection is served is reported,
// and goes no further. An exception that leaves an event handler would end the process, and every
// other request with it.

import { type ExchangeHooks, type FailedExchange, UNMATCHED_ROUTE } from './http-exchange.ts';

/** Where a listener's failures go. */
export type FailureReport = {
  /** Reports a failure. Never throws. */
  report(failed: FailedExchange): void;
  /** Runs the work; what it throws is reported for this route. */
  contain(work: () => void, route?: string): void;
};

/** A report to `onFailed`. Should that fail as well, the process warns of it. */
export function createFailureReport({ onFailed }: Pick<ExchangeHooks, 'onFailed'>): FailureReport {
  function report(failed: FailedExchange): void {
    try {
      onFailed?.(failed);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
  return {
    report,
    contain(work, route = UNMATCHED_ROUTE) {
      try {
        work();
      } catch (error) {
        report({ route, error });
      }
    },
  };
}

/** Whether an error says that the client has left. */
export function isDisconnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
