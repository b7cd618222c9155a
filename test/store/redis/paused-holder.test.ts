// The holder of a lock sleeps past its time, and wakes believing that it still holds it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { appendOf, openStore, standaloneTarget } from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';

const HOLDER = fileURLToPath(new URL('lock-holder.ts', import.meta.url));
const LOCK_TTL_MS = 500;

let store: SessionStore;
const holders: ChildProcess[] = [];
beforeAll(async () => {
  store = await openStore(standaloneTarget());
});
afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill('SIGKILL');
});
afterAll(() => store?.close());

/** Starts a process that has taken the lock on a session. */
async function startHolder(sessionId: string, ttlMs: number) {
  const args = [HOLDER, `${inject('redisStandalone').port}`, sessionId, `${ttlMs}`];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  holders.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answered = async () => JSON.parse((await lines.next()).value ?? '"the holder has ended"');
  expect(await answered()).toEqual({ status: 'held', lapsed: false });
  return {
    /** Stops it, and waits until it stands still. */
    async pause() {
      child.kill('SIGSTOP');
      await until('the holder to stand still', async () => {
        const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
        return / T /.test(stat) ? true : undefined;
      });
    },
    /** Tells it to write; it does once it runs. */
    askToWrite: () => child.stdin.write('write\n'),
    wake: () => child.kill('SIGCONT'),
    answered,
  };
}

/** A holder that was stopped before its lock lapsed, and still is after that. */
async function startSleeper(sessionId: string) {
  const holder = await startHolder(sessionId, LOCK_TTL_MS);
  await holder.pause();
  expect((await store.inspect(sessionId)).lockedUntilMs).toBeDefined();
  await until('the lock to lapse', async () =>
    (await store.inspect(sessionId)).lockedUntilMs === undefined ? true : undefined,
  );
  return holder;
}

async function expectRefused(sessionId: string, holder: Awaited<ReturnType<typeof startSleeper>>) {
  const before = await store.read(sessionId);
  holder.askToWrite();
  holder.wake();
  expect(await holder.answered()).toEqual({ status: 'lock-lost' });
  const after = await store.read(sessionId);
  expect(after && { ...after, nowMs: 0 }).toEqual(before && { ...before, nowMs: 0 });
}

it('a holder that was stopped and woken in time writes', async () => {
  const { sessionId } = appendOf();
  const holder = await startHolder(sessionId, 60_000);
  await holder.pause();
  holder.askToWrite();
  expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'locked' });
  holder.wake();
  expect(await holder.answered()).toMatchObject({ status: 'stored', revision: 1 });
});

it('a holder that slept past its time is refused, though nobody took the lock since', async () => {
  const { sessionId } = appendOf();
  await expectRefused(sessionId, await startSleeper(sessionId));
});

it('a holder that slept past its time is refused after somebody took the lock, wrote and released', async () => {
  const { sessionId } = appendOf();
  const holder = await startSleeper(sessionId);
  const token = 'a-token-of-another-one';
  expect(await store.lock({ sessionId, token, ttlMs: 60_000, renew: false })).toEqual({
    status: 'held',
    lapsed: true,
  });
  expect(await store.append(appendOf({ sessionId, lockToken: token }))).toMatchObject({
    revision: 1,
  });
  expect(await store.unlock({ sessionId, token })).toEqual({ status: 'released' });
  await expectRefused(sessionId, holder);
});

it('a holder that slept past its time is refused while somebody else holds the lock, who writes', async () => {
  const { sessionId } = appendOf();
  const holder = await startSleeper(sessionId);
  const token = 'a-token-of-another-one';
  await store.lock({ sessionId, token, ttlMs: 60_000, renew: false });
  await expectRefused(sessionId, holder);
  expect(await store.append(appendOf({ sessionId, lockToken: token }))).toMatchObject({
    revision: 1,
  });
});
