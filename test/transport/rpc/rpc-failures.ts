import type { ConnectError } from '@connectrpc/connect';
import { expect } from 'vitest';

/** The error of a call that must not be answered. */
export async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.fail('the call was answered'),
    (error) => error as ConnectError,
  );
}
