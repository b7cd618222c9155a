import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from './support/free-ports.ts';
import { startTestApp } from './support/running-app.ts';

test('a listener that cannot listen leaves nothing of the app behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const [admin] = await freePorts(1);
  const settings = { ADMIN_LISTEN: `127.0.0.1:${admin}` };
  const { port } = taken.address() as AddressInfo;
  await expect(startTestApp({ ...settings, WEBHOOK_LISTEN: `127.0.0.1:${port}` })).rejects.toMatchObject({
    cause: { code: 'EADDRINUSE' },
  });
  // The listener that did start has let go of its port.
  const app = await startTestApp(settings);
  await app.stop();
  taken.close();
});
