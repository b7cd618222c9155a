// A frame whose field has lost its name is recognised by its form, and goes with its session.

import { expect, test } from 'vitest';
import { appendOf, keys } from '../../support/redis-store.ts';
import { openStoreAndClient } from './store-and-client.ts';

const { client, store } = await openStoreAndClient();

/** Bytes in the form of a frame: the length of the payload, the payload, and room for a digest. */
function frameOf(payloadBytes: number): Buffer {
  const frame = Buffer.alloc(4 + payloadBytes + 32, 'x');
  frame.writeUInt32BE(payloadBytes);
  return frame;
}

test('a session that has expired is cleared of a frame whose name was damaged, too', async () => {
  const append = appendOf({ frame: frameOf(48) });
  const key = keys.session(append.sessionId);
  await store.append(append);
  const value = (await client.hgetBuffer(key, append.updateId)) as Buffer;
  await client.hset(key, 'damaged name', value);
  await client.hset(key, 'no frame', Buffer.concat([value, Buffer.from('and more')]));
  await client.hset(key, 'expires_at', Date.now() - 1000);
  await client.hdel(key, 'seal');
  await store.append(appendOf({ sessionId: append.sessionId }));
  const names = await client.hkeys(key);
  expect(names).toContain('no frame');
  expect(names).not.toContain('damaged name');
});
