// A Redis that is away for seconds, and a sidecar that is killed meanwhile: whatever was
// acknowledged is there afterwards, once and in order.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startProcess } from '../../main/running-process.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { get, post, SECRET } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';

const AWAY_MS = 5000;
/** So a session has too few updates to be compacted, also on a fast machine. */
const UPDATES_EVERY_MS = 500;
const SESSIONS = ['one', 'two', 'three'];

test('Redis is away for 5 s, the sidecar is killed in between: all is there, once and in order', async () => {
  const redis = await startRedisServer({
    settings: { appendonly: 'yes', appendfsync: 'always' },
  });
  onTestFinished(() => redis.stop());
  const environment = {
    ...{ STORE_URL: `redis://127.0.0.1:${redis.port}`, COGNIGY_WEBHOOK_SECRET: SECRET },
    ...{ SPOOL: 'on', SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: '300', LOG_LEVEL: 'debug' },
  };
  let sidecar = startProcess(environment);
  const sent = new Map(SESSIONS.map((sessionId) => [sessionId, [] as string[]]));
  const statuses: number[] = [];
  let turn = 0;

  /** The next update of each session; what is not acknowledged is sent again, as it is. */
  async function updateAll(): Promise<void> {
    turn += 1;
    await pause(UPDATES_EVERY_MS);
    const webhook = await sidecar.address('webhook');
    await Promise.all(
      SESSIONS.map(async (sessionId) => {
        const key = `v${String(turn).padStart(3, '0')}`;
        const body = { sessionId, userId: `user of ${sessionId}`, variables: { [key]: turn } };
        const { status } = await post(`http://${webhook}/webhook/cognigy/session`, body);
        statuses.push(status);
        sent.get(sessionId)?.push(key);
      }),
    );
  }
  const restore = async (body: object) => {
    const webhook = await sidecar.address('webhook');
    return (await post(`http://${webhook}/webhook/cognigy/restore`, body)).body;
  };
  const readiness = async () => get(`http://${await sidecar.address('admin')}/readyz`);

  await updateAll();
  await redis.kill();
  const awaySinceMs = performance.now();
  while (performance.now() - awaySinceMs < AWAY_MS / 2) await updateAll();
  expect(new Set(statuses.slice(SESSIONS.length))).toEqual(new Set([202]));
  expect(await readiness()).toMatchObject({ status: 200, body: { status: 'ready' } });
  sidecar.child.kill('SIGKILL');
  await sidecar.exited;

  sidecar = startProcess(environment, { folder: sidecar.folder });
  await sidecar.up();
  while (performance.now() - awaySinceMs < AWAY_MS) await updateAll();
  expect(new Set(statuses.slice(SESSIONS.length))).toEqual(new Set([202]));
  const { body } = await readiness();
  const [store, spool] = body.checks;
  // With enough attempts, that nothing is sent to the store is another one.
  expect(store).toMatchObject({
    ok: true,
    warnings: expect.arrayContaining([expect.stringMatching(/^updates go to/)]),
  });
  expect(spool).toMatchObject({ name: 'spool', ok: true, rows: SESSIONS.length * (turn - 1) });
  expect(spool.oldestSeconds).toBeGreaterThanOrEqual(4);

  await redis.start();
  await until('the spool to be empty', async () => {
    const [, { rows }] = (await readiness()).body.checks;
    return rows === 0 ? true : undefined;
  });
  for (const [sessionId, keys] of sent) {
    const session = await restore({ sessionId });
    expect(Object.keys(session.variables)).toEqual(keys);
    expect(session.revision).toBe(keys.length);
    expect((await restore({ userId: `user of ${sessionId}` })).sessionId).toBe(sessionId);
    const webhook = await sidecar.address('webhook');
    const { frames } = (await get(`http://${webhook}/api/v1/state/${sessionId}`)).body;
    const stored = frames.filter(({ kind }: { kind: string }) => kind === 'delta');
    const order = stored.flatMap(({ variables }: { variables: string[] }) => variables);
    expect(order).toEqual(keys);
  }
}, 120_000);
