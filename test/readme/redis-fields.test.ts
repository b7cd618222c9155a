import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { appendOf, keys, openStore, standaloneTarget } from '../support/redis-store.ts';
import { codeSpans, readmeTable } from './readme.ts';

test("the table of a session's fields in Redis has the fields that are there", async () => {
  const store = await openStore(standaloneTarget());
  const client = new Redis(inject('redisStandalone'));
  onTestFinished(async () => {
    client.disconnect();
    await store.close();
  });
  const first = appendOf({ flowId: 'checkout' });
  const { sessionId, updateId } = first;
  await store.append(first);
  const stored = await store.read(sessionId);
  if (!stored) throw new Error('the session is not there');
  const position = { revision: stored.revision, etag: stored.etag };
  await store.compact({
    ...{ sessionId, incarnation: stored.incarnation, folded: stored.frames },
    snapshot: { name: 'snapshot:0123456789ab', frame: first.frame, ...position },
    recent: [{ updateId, ...position }],
  });
  await store.append(appendOf({ sessionId }));

  const fields = (await client.hkeys(keys.session(sessionId))).map(kindOfField);
  const shown = readmeTable('field').map(([field = '']) => codeSpans(field)[0] ?? field);
  expect(fields.sort()).toEqual(shown.sort());
});

function kindOfField(name: string): string {
  if (name.startsWith('snapshot:')) return 'snapshot:…';
  return name.length === 22 ? '22 characters' : name;
}
