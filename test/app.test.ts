import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { freePorts } from './support/free-ports.ts';
import { startTestApp } from './support/running-app.ts';

test('a listener that cannot listen leaves nothing of the app behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const [rpc] = await freePorts(1);
  const settings = { RPC_LISTEN: `127.0.0.1:${rpc}` };
  const { port } = taken.address() as AddressInfo;
  await expect(
    startTestApp({ ...settings, WEBHOOK_LISTEN: `127.0.0.1:${port}` }),
  ).rejects.toMatchObject({
    cause: { code: 'EADDRINUSE' },
  });
  // The listener that did start has let go of its port.
  const app = await startTestApp(settings);
  await app.stop();
  taken.close();
});

test('health is answered only where the other listeners are open', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const [admin] = await freePorts(1);
  const { port } = taken.address() as AddressInfo;
  let answered = 0;
  const probing = setInterval(async () => {
    const answer = await fetch(`http://127.0.0.1:${admin}/healthz`).catch(() => undefined);
    if (answer) answered++;
  }, 1);
  const starting = startTestApp({
    ADMIN_LISTEN: `127.0.0.1:${admin}`,
    WEBHOOK_LISTEN: `127.0.0.1:${port}`,
  });
  await expect(starting).rejects.toMatchObject({ listener: 'webhook' });
  clearInterval(probing);
  expect(answered).toBe(0);
  taken.close();
});

test('without a webhook there is no such listener, and no secret is made', async () => {
  const app = await startTestApp({ WEBHOOK_LISTEN: 'off' });
  expect(app.webhook).toBe('http://undefined');
  expect((await fetch(`${app.admin}/readyz`)).status).toBe(200);
  await app.stop();

  const sources = { readFile: () => '', createSecret: () => 'made' };
  const { config } = readConfig({ WEBHOOK_LISTEN: 'off' }, sources);
  expect(config?.generatedWebhookSecret).toBeUndefined();
  expect(config?.secrets.webhook()).toEqual([]);
});
