// An update that the store has, and too few replicas confirm, is acknowledged as `spooled` with its
// revision, and is given up by the spool only once they have it: a master that dies before then
// takes nothing with it.

import { expect, onTestFinished, test } from 'vitest';
import { startRedisReplicas } from '../../support/redis-replicas.ts';
import { post, startTestApp } from '../../support/running-app.ts';
import { until } from '../../support/until.ts';

test('what too few replicas confirm is kept here until they do', async () => {
  const group = await startRedisReplicas(1);
  const [replica] = group.replicas;
  if (!replica) throw new Error('there is no replica');
  onTestFinished(() => group.stop());
  const app = await startTestApp({
    ...{ STORE_URL: `redis://127.0.0.1:${group.master.port}` },
    ...{
      DURABILITY: 'replicated',
      SPOOL: 'on',
      SPOOL_MAX_BYTES: '16777216',
      SPOOL_AFTER_MS: '1000',
    },
    ...{ REQUEST_DEADLINE_MS: '2500', STORE_COMMAND_TIMEOUT_MS: '1000' },
  });
  onTestFinished(() => app.stop());
  const save = (updateId: string) =>
    post(`${app.webhook}/webhook/cognigy/session`, {
      ...{ sessionId: 's', updateId, variables: { [updateId]: 1 } },
    });
  const restore = async () =>
    (await post(`${app.webhook}/webhook/cognigy/restore`, { sessionId: 's' })).body;
  const waiting = () => app.metric('cognigy_session_spool_rows');

  expect(await save('first')).toMatchObject({ status: 200, body: { durability: 'replicated' } });
  replica.pause();
  expect(await save('second')).toMatchObject({
    ...{ status: 202, body: { durability: 'spooled', revision: 2, known: false } },
  });
  expect(await save('second')).toMatchObject({
    ...{ status: 202, body: { durability: 'spooled', revision: 2, known: true } },
  });
  expect(await waiting()).toBe(1);
  const restored = await restore();
  expect(restored).toMatchObject({ revision: 2, variables: { first: 1, second: 1 } });
  expect(restored).not.toHaveProperty('spooledUpdates');

  replica.resume();
  await until('the spool to be empty', async () => ((await waiting()) === 0 ? true : undefined));
  expect(await restore()).toEqual({ ...restored, ttlMs: expect.any(Number) });
  expect(await save('third')).toMatchObject({ status: 200, body: { durability: 'replicated' } });
});
