// Taking, keeping and giving back a lock, on the real store, and what is counted.

import { beforeEach, describe, expect, test } from 'vitest';
import type { LockOutcome } from '../../src/service/parts.ts';
import type { TestServiceOptions } from '../support/test-service.ts';
import { openScratch, type Scratch, variable } from './scratch-services.ts';

let scratch: Scratch;
let ended: LockOutcome[];
let waitedSeconds: number[];
let lapsed: string[];
let contended: number;
beforeEach(() => {
  scratch = openScratch();
  [ended, waitedSeconds, lapsed, contended] = [[], [], [], 0];
});

const observer: TestServiceOptions['observer'] = {
  lockEnded: (outcome) => ended.push(outcome),
  lockWaited: (seconds) => waitedSeconds.push(seconds),
  lockLapsed: ({ sessionId }) => lapsed.push(sessionId),
  lockContended: () => {
    contended += 1;
  },
};

describe('a lock that nobody holds', () => {
  test('is taken at once, for as long as was asked, also where there is no session', async () => {
    const service = scratch.open({ observer });
    const held = await scratch.lock(service, { ttlMs: 5_000 });
    expect(held).toEqual({
      sessionId: 's',
      ttlMs: 5_000,
      token: expect.stringMatching(/^[\w-]{22}$/),
    });
    const { nowMs, lockedUntilMs = 0 } = await scratch.store.inspect('s');
    expect(lockedUntilMs - nowMs).toBeGreaterThan(4_000);
    expect([ended, waitedSeconds, contended, lapsed]).toEqual([['acquired'], [0], 0, []]);
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('is taken for as long as the settings say, by a caller who does not say', async () => {
    const service = scratch.open({ settings: { lockTtlMs: 7_000 } });
    expect(await scratch.lock(service)).toMatchObject({ ttlMs: 7_000 });
  });

  test('has another token each time', async () => {
    const service = scratch.open();
    const { token } = await scratch.lock(service);
    await scratch.unlock(service, token);
    expect((await scratch.lock(service)).token).not.toBe(token);
  });
});

describe('a lock that ran out', () => {
  test('is lost to its holder, whatever it does, also if nobody took it since', async () => {
    const service = scratch.open({ observer });
    const { token } = await scratch.lock(service, { ttlMs: 1_000 });
    scratch.advance(1_001);
    const late = { lockToken: token, ...variable('late', true) };
    await expect(scratch.persist(service, late)).rejects.toMatchObject({ reason: 'lock_lost' });
    await expect(scratch.lock(service, { token })).rejects.toMatchObject({ reason: 'lock_lost' });
    await expect(scratch.unlock(service, token)).rejects.toMatchObject({ reason: 'lock_lost' });
    expect([ended, lapsed]).toEqual([['acquired', 'lost', 'lost'], ['s']]);
    expect(await scratch.restore(service)).toBeUndefined();
  });

  test('is told of once, by who takes it next', async () => {
    const service = scratch.open({ observer });
    const { token } = await scratch.lock(service, { ttlMs: 1_000 });
    scratch.advance(1_001);
    await scratch.lock(service);
    await expect(scratch.unlock(service, token)).rejects.toMatchObject({ reason: 'lock_lost' });
    expect(lapsed).toEqual(['s']);
  });

  test('is told of by its late release', async () => {
    const service = scratch.open({ observer });
    const { token } = await scratch.lock(service, { ttlMs: 1_000 });
    scratch.advance(1_001);
    await expect(scratch.unlock(service, token)).rejects.toMatchObject({ reason: 'lock_lost' });
    expect(lapsed).toEqual(['s']);
  });
});

test('a lock is kept by its holder as often as it asks, and by nobody else', async () => {
  const service = scratch.open({ observer });
  const { token } = await scratch.lock(service, { ttlMs: 1_000 });
  for (let turn = 0; turn < 3; turn++) {
    scratch.advance(900);
    expect(await scratch.lock(service, { token, ttlMs: 1_000 })).toEqual({
      sessionId: 's',
      token,
      ttlMs: 1_000,
    });
  }
  await expect(scratch.lock(service, { token: 'B'.repeat(22) })).rejects.toMatchObject({
    reason: 'lock_lost',
  });
  expect(ended).toEqual(['acquired', 'renewed', 'renewed', 'renewed', 'lost']);
});

test('a release is answered alike when it is repeated', async () => {
  const service = scratch.open();
  const { token } = await scratch.lock(service);
  await expect(scratch.unlock(service, token)).resolves.toBeUndefined();
  await expect(scratch.unlock(service, token)).resolves.toBeUndefined();
});

describe('a request for a lock is unusable', () => {
  const unusable: [string, Parameters<Scratch['lock']>[1]][] = [
    ['/sessionId', { sessionId: '' }],
    ['/token', { token: 'short' }],
    ['/ttlMs', { ttlMs: 99 }],
    ['/ttlMs', { ttlMs: 300_001 }],
    ['/ttlMs', { ttlMs: 100.5 }],
    ['/waitMs', { waitMs: -1 }],
    ['/waitMs', { waitMs: 30_001 }],
  ];
  test.each(unusable)('by its %s: %j', async (pointer, given) => {
    const refused = scratch.lock(scratch.open(), given);
    await expect(refused).rejects.toMatchObject({ reason: 'invalid', violations: [{ pointer }] });
  });

  test('and so is a release without a token', async () => {
    const refused = scratch.unlock(scratch.open(), '');
    await expect(refused).rejects.toMatchObject({
      reason: 'invalid',
      violations: [{ pointer: '/token' }],
    });
  });
});
