// Ends under sentinels: the master that has the sessions and the sets dies.

import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { startRedisSentinels, untilReplicated } from '../../../support/redis-sentinel.ts';
import { appendOf, keys, openStore } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { waitFor } from '../../../support/wait-for.ts';

const SESSIONS = 100;
/** Longer than the failover takes. */
const LIFE_MS = 8000;

test('each session is reported once, though it ends under another master', async () => {
  const group = await startRedisSentinels();
  onTestFinished(() => group.stop());
  const reported: string[] = [];
  const onEnded = ({ sessionId }: { sessionId: string }) => void reported.push(sessionId);
  const stores = await Promise.all(
    Array.from({ length: 3 }, () => openStore(group.target, { ends: { speed: 10 }, onEnded })),
  );
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  const begin = async (store: SessionStore, ttlMs: number) => {
    const sessionId = randomUUID();
    const appended = await until('an append', async () => {
      const answer = await store.append(appendOf({ sessionId, ttlMs }));
      return answer.status === 'stored' ? answer : undefined;
    });
    const { incarnation } = appended;
    const endsAtMonotonicMs = performance.now() + ttlMs;
    return { sessionId, noted: store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs }) };
  };
  const beginAll = (ttlMs: number) =>
    Promise.all(
      Array.from({ length: SESSIONS }, (_, index) =>
        begin(stores[index % 3] as SessionStore, ttlMs),
      ),
    );

  const before = await beginAll(LIFE_MS);
  await Promise.all(before.map(({ noted }) => noted));
  const dying = await group.master();
  await untilReplicated(dying);
  await dying.kill();
  const during = await beginAll(2000);
  expect(await Promise.all(during.map(({ noted }) => noted))).not.toContain(false);
  const next = await group.untilReplaced(dying);
  const sessionIds = [...before, ...during].map(({ sessionId }) => sessionId);
  await waitFor(() => expect(new Set(reported).size).toBe(2 * SESSIONS));
  await waitFor(async () =>
    expect(await next.client.keys(keys.ends(0).replace('00', '*'))).toEqual([]),
  );
  expect(reported.toSorted()).toEqual(sessionIds.toSorted());
}, 120_000);
