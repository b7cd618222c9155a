import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { appendOf, keys, openStore, standaloneTarget } from '../support/redis-store.ts';
import { codeSpans, pageTable } from './readme.ts';

test("the table of a session's fields in Redis has the fields that are there", async () => {
  const store = await openStore(standaloneTarget());
  const client = new Redis(inject('redisStandalone'));
  onTestFinished(async () => {
    client.disconnect();
    await store.close();
  });
  const erased = appendOf();
  const { sessionId } = erased;
  await store.append(erased);
  await store.erase({ sessionId, eraseId: erased.updateId, ifMatch: '', tombstoneTtlMs: 60_000 });

  const first = appendOf({ sessionId, flowId: 'checkout' });
  await store.append(first);
  const stored = await store.read(sessionId);
  if (!stored) throw new Error('the session is not there');
  const position = { revision: stored.revision, etag: stored.etag };
  await store.compact({
    ...{ sessionId, incarnation: stored.incarnation, folded: stored.frames },
    snapshot: { name: 'snapshot:0123456789ab', frame: first.frame, ...position },
    recent: [{ updateId: first.updateId, ...position }],
  });
  for (const update of [appendOf({ sessionId }), appendOf({ sessionId })])
    await store.append(update);
  const delta = (await store.read(sessionId))?.frames.find(({ kind }) => kind === 'delta');
  if (!delta) throw new Error('the update is not there');
  const moves = [{ move: 'quarantine' as const, name: delta.name, value: delta.value }];
  await store.quarantine({ sessionId, moves, ttlMs: 60_000, quarantineMaxBytes: 1e6 });
  await store.lock({ sessionId, token: first.updateId, ttlMs: 1000, renew: false });

  const fields = (await client.hkeys(keys.session(sessionId))).map(kindOfField);
  const shown = pageTable('reference/redis-fields.md', 'field').map(
    ([field = '']) => codeSpans(field)[0] ?? field,
  );
  expect(fields.sort()).toEqual(shown.sort());
});

function kindOfField(name: string): string {
  for (const kind of ['snapshot', 'quarantine'])
    if (name.startsWith(`${kind}:`)) return `${kind}:…`;
  return name.length === 22 ? '22 characters' : name;
}
