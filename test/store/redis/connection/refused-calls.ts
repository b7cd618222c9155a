// Calls of a store that does not serve, and what a test stops when it ends.

import { expect, onTestFinished } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../../../src/store/session-store.ts';
import { appendOf } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';

/** The same server, stopped when its test ends. */
export function kept<Kept extends { stop(): Promise<void> }>(server: Kept): Kept {
  onTestFinished(() => server.stop());
  return server;
}

/** The same store, closed when its test ends. */
export function closing(store: SessionStore): SessionStore {
  onTestFinished(() => store.close());
  return store;
}

/** The message of the refusal of a call. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('the call was answered'),
    (failure) => failure,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  return error.message;
}

/** Waits until a call is refused for that reason, which is known once a connection was tried. */
export async function untilRefused(store: SessionStore, reason: string): Promise<string> {
  return await until(`a refusal that says ${reason}`, async () => {
    const message = await refusalOf(store.append(appendOf()));
    return message.includes(reason) ? message : undefined;
  });
}
