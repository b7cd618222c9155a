import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createFolder, logged, pasteRequest, startProcess } from './running-process.ts';

const SECRET = 'configured-secret-configured';
const NEXT_SECRET = 'the-next-secret-the-next-secret';
const UPDATE = { sessionId: 'session-1', variables: { cartTotal: 42.5 } };

async function post(webhook: string, secret: string): Promise<number> {
  const response = await fetch(`http://${webhook}/webhook/cognigy/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': secret },
    body: JSON.stringify(UPDATE),
  });
  await response.arrayBuffer();
  return response.status;
}

test('a generated secret opens the webhook, and stands on standard output alone', async () => {
  const running = startProcess({ LOG_LEVEL: 'debug' });
  const webhook = await running.address('webhook');
  const secret = /Until the service stops it is:\n {2}([\w-]{43})\n/.exec(running.stdout())?.[1] ?? '';
  expect(await post(webhook, secret)).toBe(200);
  expect(await post(webhook, `${secret.slice(0, -1)}!`)).toBe(401);
  for (const file of ['cmdline', 'environ'])
    expect(readFileSync(`/proc/${running.child.pid}/${file}`, 'utf8')).not.toContain(secret);
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
  expect(running.stderr()).not.toContain(secret);
});

test('each start generates another secret', async () => {
  const secrets = await Promise.all(
    [startProcess(), startProcess()].map(async (running) => {
      await running.address('webhook');
      return /X-API-Key: ([\w-]{43})"/.exec(running.stdout())?.[1];
    }),
  );
  expect(secrets[0]).toBeDefined();
  expect(secrets[0]).not.toBe(secrets[1]);
});

test('a configured secret opens the webhook and is shown nowhere', async () => {
  const running = startProcess({ COGNIGY_WEBHOOK_SECRET: SECRET, LOG_LEVEL: 'debug' });
  const webhook = await running.address('webhook');
  expect(await post(webhook, SECRET)).toBe(200);
  expect(running.stdout()).toContain('X-API-Key: $COGNIGY_WEBHOOK_SECRET');
  expect(running.stdout() + running.stderr()).not.toContain(SECRET);
});

test.each([
  ['with the generated secret', {}],
  ['with the configured secret in the environment', { COGNIGY_WEBHOOK_SECRET: SECRET }],
])('the request of the banner can be pasted (%s)', async (_, environment) => {
  const running = startProcess(environment);
  expect(await pasteRequest(running, environment)).toMatchObject({
    status: 'accepted',
    sessionId: 'session-1',
    revision: 1,
  });
});

test('a secret in a file is replaced while the service runs', async () => {
  const path = join(createFolder(), 'secret');
  writeFileSync(path, SECRET);
  const running = startProcess({ COGNIGY_WEBHOOK_SECRET_FILE: path });
  const webhook = await running.address('webhook');
  expect(await post(webhook, SECRET)).toBe(200);
  writeFileSync(path, NEXT_SECRET);
  await vi.waitFor(async () => expect(await post(webhook, NEXT_SECRET)).toBe(200), {
    timeout: 10_000,
    interval: 100,
  });
  expect(await post(webhook, SECRET)).toBe(401);
  expect(await logged(running, /a secret was replaced/)).toMatchObject({ path });
  expect(running.stdout() + running.stderr()).not.toContain(NEXT_SECRET);
});
