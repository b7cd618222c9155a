// What a caller is told to do where the store does not answer: it fits what was asked for.

import { expect, test } from 'vitest';
import { Refusal } from '../../../src/session/errors.ts';
import { type SessionStore, StoreUnavailable } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import { openScratch, type Scratch, type Service } from '../scratch-services.ts';

useClockOfTimers();

const down = () => Promise.reject(new StoreUnavailable('it', { reason: 'ECONNREFUSED' }));
const faults: Partial<SessionStore> = {
  ...{ read: down, inspect: down, append: down, lock: down, unlock: down, erase: down },
  ...{ userSessions: down, eraseUser: down },
};
const AGAIN = /; send the request again$/;
const UPDATE = /; send the update again: one with an updateId, inputId or execution is recognised/;
const UNKNOWN = /; whether the write took effect is unknown: send it again with the same updateId/;

test.each<[string, (scratch: Scratch, service: Service) => Promise<unknown>, RegExp]>([
  ['restore', (scratch, service) => scratch.restore(service), AGAIN],
  ['inspect', (scratch, service) => scratch.inspect(service), AGAIN],
  [
    'list',
    (scratch, service) => service.inspectUser({ receipt: scratch.receipt(), userId: 'u' }),
    AGAIN,
  ],
  ['lock', (scratch, service) => scratch.lock(service), AGAIN],
  ['unlock', (scratch, service) => scratch.unlock(service, 'x'.repeat(22)), AGAIN],
  ['erase', (scratch, service) => scratch.erase(service), AGAIN],
  ['persist', (scratch, service) => scratch.persist(service), UPDATE],
  [
    'persist, conditional',
    (scratch, service) => scratch.persist(service, { ifMatch: 'none' }),
    UNKNOWN,
  ],
])('an unavailable %s', async (_what, call, advice) => {
  const scratch = openScratch();
  const service = scratch.open({ faults, patience: { requestDeadlineMs: 30 } });
  const refusal = await call(scratch, service).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect((refusal as Refusal).message).toMatch(advice);
});
