// A process that takes a lock and then writes under it, once for each line on its input: what a
// test can stop. Arguments: port of a standalone server, session id, time to live of the lock in
// ms. Each answer of the store is a line of JSON on its output, the lock's first.

import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { createRedisStore } from '../../../src/store/redis/redis-store.ts';

const [port = '', sessionId = '', ttlMs = ''] = process.argv.slice(2);
const connected = Promise.withResolvers<void>();
const store = createRedisStore({
  target: { kind: 'standalone', host: '127.0.0.1', port: Number(port) },
  keyPrefix: 'cgs:',
  connectTimeoutMs: 5000,
  commandTimeoutMs: 5000,
  topologyRefreshMs: 30_000,
  onConnectionError: () => {},
  onConnected: () => connected.resolve(),
});
const newId = () => randomBytes(16).toString('base64url');
const answer = (result: unknown) => process.stdout.write(`${JSON.stringify(result)}\n`);

await connected.promise;
const token = newId();
answer(await store.lock({ sessionId, token, ttlMs: Number(ttlMs), renew: false }));
for await (const _ of createInterface({ input: process.stdin })) {
  answer(
    await store.append({
      sessionId,
      updateId: newId(),
      frame: randomBytes(48),
      flowId: '',
      receivedAtMonotonicMs: performance.now(),
      ttlMs: 86_400_000,
      sessionMaxBytes: 524_288,
      lockToken: token,
      ifMatch: '',
      userId: '',
      eventMs: 0,
    }),
  );
}
await store.close();
