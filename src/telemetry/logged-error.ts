import { Refusal } from '../session/errors.ts';
import { StoreUnavailable } from '../store/session-store.ts';

/** How the system names a failure: ECONNREFUSED, ENOENT. Node's own ERR_… are mistakes of the
 * caller. */
const SYSTEM_CODE = /^E[A-Z0-9]+$/;

/** Causes that are followed; an error that causes itself ends there. */
const CAUSES_MAX = 5;

/** An error as it is written to the log. */
export type LoggedError = {
  name: string;
  message: string;
  /** The system's or Node's name of the failure, such as ECONNREFUSED. */
  code?: string;
  /** Only of a bug. */
  stack?: string;
  cause?: LoggedError | string;
};

/** Name, message, code and causes of an error; its stack unless it is a refusal, an unreachable
 * store, or a failure that the system named. Further members of an error, which may hold what was
 * sent, are left out. */
export function loggedError(error: Error, causesLeft = CAUSES_MAX): LoggedError {
  const logged: LoggedError = { name: error.name, message: error.message };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined) logged.code = code;
  const expected =
    error instanceof Refusal || error instanceof StoreUnavailable || SYSTEM_CODE.test(code ?? '');
  if (!expected && error.stack !== undefined) logged.stack = error.stack;
  if (error.cause !== undefined && causesLeft > 0) {
    logged.cause =
      error.cause instanceof Error ? loggedError(error.cause, causesLeft - 1) : typeof error.cause;
  }
  return logged;
}
