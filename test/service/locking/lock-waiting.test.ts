// Waiting for a lock that somebody holds: for how long, and what ends it.

import { beforeEach, describe, expect, test } from 'vitest';
import type { LockOutcome } from '../../../src/service/parts.ts';
import type { LockRequest } from '../../../src/store/session-store.ts';
import { useClockOfTimers } from '../../support/clock-of-timers.ts';
import type { TestServiceOptions } from '../../support/test-service.ts';
import { until } from '../../support/until.ts';
import { openScratch, type Scratch, variable } from '../scratch-services.ts';

useClockOfTimers();

let scratch: Scratch;
let ended: LockOutcome[];
let waitedSeconds: number[];
let contended: number;
beforeEach(() => {
  scratch = openScratch();
  [ended, waitedSeconds, contended] = [[], [], 0];
});

const observer: TestServiceOptions['observer'] = {
  lockEnded: (outcome) => ended.push(outcome),
  lockWaited: (seconds) => waitedSeconds.push(seconds),
  lockContended: () => {
    contended += 1;
  },
};

describe('a lock that somebody holds', () => {
  test('is refused once the time to wait is over, saying when it ends', async () => {
    await scratch.lock(scratch.open(), { ttlMs: 20_000 });
    const refused = scratch.lock(scratch.open({ observer }), { waitMs: 60 });
    await expect(refused).rejects.toMatchObject({ reason: 'locked' });
    const { facts } = await refused.catch((refusal) => refusal);
    expect(facts.retryAfterMs).toBeGreaterThan(15_000);
    expect(facts.retryAfterMs).toBeLessThanOrEqual(20_000);
    expect([ended, waitedSeconds, contended]).toEqual([['timed_out'], [], 1]);
  });

  test('is waited for as long as the settings say, by a caller who does not say', async () => {
    const service = scratch.open({ settings: { lockWaitMs: 50 } });
    await scratch.lock(service);
    const startedMs = performance.now();
    await expect(scratch.lock(service, { waitMs: undefined })).rejects.toMatchObject({
      reason: 'locked',
    });
    expect(performance.now() - startedMs).toBeGreaterThan(45);
  });

  test('is not waited for at all with a wait of 0, also behind others who wait', async () => {
    const service = scratch.open();
    const { token } = await scratch.lock(service);
    const waiting = scratch.lock(service, { waitMs: 5_000 });
    await expect(scratch.lock(service)).rejects.toMatchObject({ reason: 'locked', facts: {} });
    await scratch.unlock(service, token);
    await waiting;
  });

  test('is handed to the next of the same process as soon as it is released', async () => {
    const service = scratch.open({ observer, patience: { random: () => 1e6 } });
    const { token } = await scratch.lock(service);
    const waiting = scratch.lock(service, { waitMs: 10_000 });
    scratch.advance(100);
    await scratch.unlock(service, token);
    expect((await waiting).token).not.toBe(token);
    expect([ended, contended]).toEqual([['acquired', 'released', 'acquired'], 1]);
    expect(waitedSeconds[0]).toBe(0);
    expect(waitedSeconds[1]).toBeCloseTo(0.1);
  });

  test('is counted as met by each who waits, also by one whose first question takes it', async () => {
    const holder = scratch.open();
    const service = scratch.open({ observer, patience: { random: () => 1e6 } });
    const { token } = await scratch.lock(holder);
    const gone = new AbortController();
    const first = scratch.lock(service, { waitMs: 10_000, signal: gone.signal });
    const second = scratch.lock(service, { waitMs: 10_000 });
    await until('the first question', () => (contended === 2 ? true : undefined));
    await scratch.unlock(holder, token);
    gone.abort();
    await expect(first).rejects.toMatchObject({ reason: 'locked' });
    await second;
    expect(waitedSeconds.map((seconds) => seconds > 0)).toEqual([true]);
  });

  test('is handed on when its session is erased', async () => {
    const service = scratch.open({ patience: { random: () => 1e6 } });
    await scratch.lock(service);
    const waiting = scratch.lock(service, { waitMs: 10_000 });
    expect(await scratch.erase(service)).toMatchObject({ locked: true });
    await waiting;
  });

  test('is waited for longer than a request may take, if the caller says so', async () => {
    // A store that takes its time, as one across a network does.
    const lock = async (request: LockRequest) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return scratch.store.lock(request);
    };
    const holder = scratch.open();
    const other = scratch.open({ patience: { requestDeadlineMs: 50 }, faults: { lock } });
    const { token } = await scratch.lock(holder);
    const startedMs = performance.now();
    const waiting = scratch.lock(other, { waitMs: 10_000 });
    await until('more than the deadline', () =>
      performance.now() > startedMs + 100 ? true : undefined,
    );
    await scratch.unlock(holder, token);
    expect(await waiting).toMatchObject({ sessionId: 's' });
  });

  test('passes through all who wait for it in four processes, in none twice at a time', async () => {
    const services = Array.from({ length: 4 }, () =>
      scratch.open({ patience: { random: Math.random } }),
    );
    let holders = 0;
    const counts = await Promise.all(
      Array.from({ length: 20 }, async (_, place) => {
        const service = services[place % 4] as (typeof services)[number];
        const { token } = await scratch.lock(service, { waitMs: 20_000 });
        const holding = ++holders;
        const restored = await scratch.restore(service);
        const count = Number(restored?.variables[0]?.json ?? 0);
        await scratch.persist(service, { lockToken: token, ...variable('count', count + 1) });
        holders -= 1;
        await scratch.unlock(service, token);
        return holding;
      }),
    );
    expect(counts).toEqual(Array(20).fill(1));
    expect((await scratch.restore(scratch.open()))?.variables).toMatchObject([{ json: '20' }]);
  });
});
