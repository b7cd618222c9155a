// A signal to stop: what the store takes is replayed before the process ends, and the log says what
// stays.

import { expect, onTestFinished, test } from 'vitest';
import { logged, startProcess } from '../../main/running-process.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { post, SECRET } from '../../support/running-app.ts';

async function spoolingProcess(redis: RedisServer) {
  const sidecar = startProcess({
    ...{ STORE_URL: `redis://127.0.0.1:${redis.port}`, COGNIGY_WEBHOOK_SECRET: SECRET },
    ...{ SPOOL: 'on', SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: '100' },
  });
  const webhook = await sidecar.address('webhook');
  const save = (place: number) =>
    post(`http://${webhook}/webhook/cognigy/session`, { sessionId: `s${place}` });
  return { sidecar, save };
}

test('with the store away, the process ends soon, and the log says how many updates stay', async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const { sidecar, save } = await spoolingProcess(redis);
  await redis.kill();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => save(place)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const startedMs = performance.now();
  sidecar.child.kill('SIGTERM');
  expect(await sidecar.exited).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(8000);
  expect(await logged(sidecar, /^spooled updates stay/)).toMatchObject({ level: 'warn', rows: 20 });
});

test('with the store back, all are replayed first', async () => {
  const redis = await startRedisServer({ settings: { appendonly: 'yes' } });
  onTestFinished(() => redis.stop());
  const { sidecar, save } = await spoolingProcess(redis);
  await redis.kill();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => save(place)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await redis.start();
  sidecar.child.kill('SIGTERM');
  expect(await sidecar.exited).toBe(0);
  expect(sidecar.log().filter(({ message }) => /stay/.test(String(message)))).toEqual([]);
  const found = await Promise.all(
    Array.from({ length: 20 }, (_, place) => redis.client.exists(`cgs:{s${place}}`)),
  );
  expect(found).toEqual(Array(20).fill(1));
});
