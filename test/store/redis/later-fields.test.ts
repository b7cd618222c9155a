// Fields of a session's hash that this version does not know: a later one has written them, and
// finds them again.

import { expect, it } from 'vitest';
import type { StoredSession } from '../../../src/store/session-store.ts';
import { appendOf, keys } from '../../support/redis-store.ts';
import { openStoreAndClient } from './store-and-client.ts';

const LATER = { later: Buffer.from([0, 1, 0xff]), 'later:with:colons': Buffer.from('x') };

const { client, store } = await openStoreAndClient();

/** A session of three updates, with those fields. */
async function sessionWithLaterFields(): Promise<{ sessionId: string; session: StoredSession }> {
  const { sessionId } = appendOf();
  for (let update = 0; update < 3; update++) await store.append(appendOf({ sessionId }));
  await client.hset(keys.session(sessionId), LATER);
  const session = await store.read(sessionId);
  if (!session) throw new Error('the session is not there');
  return { sessionId, session };
}

function laterFields(sessionId: string): Promise<(Buffer | null)[]> {
  return client.hmgetBuffer(keys.session(sessionId), ...Object.keys(LATER));
}

it('stay through updates, locks, compaction and quarantine, and change nothing of what is read', async () => {
  const { sessionId, session } = await sessionWithLaterFields();
  const [first, ...others] = session.frames;
  if (!first) throw new Error('there are three frames');
  expect(others).toHaveLength(2);
  const { revision, etag, incarnation } = session;
  const snapshot = { name: 'snapshot:0123456789ab', frame: first.bytes, revision, etag };
  const compaction = { sessionId, incarnation, folded: others, snapshot, recent: [] };
  expect(await store.compact(compaction)).toBe('compacted');
  const moves = [{ move: 'quarantine' as const, name: first.name, value: first.value }];
  const room = { ttlMs: 60_000, quarantineMaxBytes: 1e6 };
  expect(await store.quarantine({ sessionId, moves, ...room })).toEqual([first.name]);
  const { updateId: token } = appendOf();
  await store.lock({ sessionId, token, ttlMs: 1000, renew: false });
  await store.append(appendOf({ sessionId, lockToken: token }));
  await store.unlock({ sessionId, token });
  expect(await laterFields(sessionId)).toEqual(Object.values(LATER));
  expect(await store.read(sessionId)).toMatchObject({ revision: 4, quarantined: 1 });
});

it('stay in the next life of a session, where whoever wrote them tells them by what they name', async () => {
  const { sessionId } = await sessionWithLaterFields();
  await client.hset(keys.session(sessionId), { expires_at: 1000, last_event: 'of the old life' });
  await client.hdel(keys.session(sessionId), 'seal');
  expect(await store.append(appendOf({ sessionId }))).toMatchObject({ revision: 1, created: true });
  expect(await laterFields(sessionId)).toEqual(Object.values(LATER));
  expect(await client.hget(keys.session(sessionId), 'last_event')).toBeNull();
});

it('go with an erase', async () => {
  const { sessionId } = await sessionWithLaterFields();
  const moment = { receivedAtMonotonicMs: performance.now(), tombstoneTtlMs: 60_000 };
  const { updateId: eraseId } = appendOf();
  await store.erase({ sessionId, eraseId, ifMatch: '', ...moment });
  expect(await laterFields(sessionId)).toEqual([null, null]);
});
