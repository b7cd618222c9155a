// The session page over a Redis Cluster: what is damaged there, and what happens there.

import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startReadyApp } from '../support/ready-apps.ts';
import { keys } from '../support/redis-store.ts';
import type { RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { findSession, openSessionPage, useBrowser } from './page-under-test.ts';
import { callRpc } from './sample-sessions.ts';

let apps: RunningApp[];
let redis: Cluster;
beforeAll(async () => {
  const nodes = inject('redisCluster');
  redis = new Cluster(nodes);
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  const settings = { STORE_URL: `redis+cluster://${addresses}`, SESSION_PAGE: 'on' };
  apps = [await startReadyApp(settings), await startReadyApp(settings)];
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all(apps.map((app) => app.stop()));
});
useBrowser();

test('damage is shown where it is: the verdict on a frame, then its quarantine', async () => {
  const [app] = apps as [RunningApp];
  const sessionId = `damaged-${process.pid}`;
  const updateId = 'the-damaged-one';
  await callRpc(app, 'Persist', { sessionId, variables: { kept: 1 } });
  await callRpc(app, 'Persist', { sessionId, variables: { lost: 2 }, updateId });
  const key = keys.session(sessionId);
  const names = (await redis.hkeys(key)).filter((name) => name.length === 22);
  const values = await Promise.all(names.map((name) => redis.hgetBuffer(key, name)));
  const place = values.findIndex((value) => value?.includes('lost'));
  const value = values[place] as Buffer;
  value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1;
  await redis.hset(key, names[place] ?? '', value);

  const page = await openSessionPage(app);
  await findSession(page, sessionId);
  const main = page.getByRole('main');
  await main.getByText('recovered', { exact: true }).waitFor();
  await main.getByRole('row', { name: 'kept 1' }).waitFor();
  expect(await main.getByRole('row', { name: /^lost/ }).count()).toBe(0);
  await page.getByRole('tab', { name: 'Frames' }).click();
  await main.getByText('bad digest').waitFor();
  await until('the quarantine', async () => {
    const { session } = await callRpc(app, 'Inspect', { sessionId });
    return (session as { quarantine?: unknown[] }).quarantine?.length;
  });
  await findSession(page, sessionId);
  await main.getByText('1 in quarantine').waitFor();
  await page.getByRole('tab', { name: 'Frames' }).click();
  await main.getByRole('heading', { name: 'Quarantine 1' }).waitFor();
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await main.getByText('in quarantine', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Damaged', exact: true }).click();
  await page.getByRole('navigation').getByText(sessionId).waitFor();
});

test('what another process stores is followed live', async () => {
  const [app, other] = apps as [RunningApp, RunningApp];
  const sessionId = `followed-${process.pid}`;
  await callRpc(app, 'Persist', { sessionId, variables: { step: 1 } });
  const page = await openSessionPage(app);
  await findSession(page, sessionId);
  await page.getByRole('button', { name: 'Follow live' }).click();
  for (const step of [2, 3, 4]) {
    await callRpc(other, 'Persist', { sessionId, variables: { step } });
    await page.getByRole('row', { name: `step ${step}` }).waitFor();
  }
  const events = page.getByRole('main').getByRole('list', { name: 'What happened' });
  await expect.poll(() => events.getByRole('listitem').count()).toBe(3);
});
