import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { waitFor } from '../support/wait-for.ts';
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

test('a generated secret opens the webhook, and is shown on standard output alone', async () => {
  const running = startProcess({ LOG_LEVEL: 'debug' });
  const webhook = await running.address('webhook');
  const secret =
    /Until the service stops it is:\n {2}([\w-]{43})\n/.exec(running.stdout())?.[1] ?? '';
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

test.each([true, false])(
  'a configured secret opens the webhook and is shown nowhere (in a terminal: %s)',
  async (terminal) => {
    const running = startProcess(
      { COGNIGY_WEBHOOK_SECRET: SECRET, LOG_LEVEL: 'debug' },
      { terminal },
    );
    const webhook = await running.address('webhook');
    expect(await post(webhook, SECRET)).toBe(200);
    expect(running.stdout()).not.toContain(SECRET);
    expect(running.stderr()).not.toContain(SECRET);
  },
);

test('without a terminal and a secret to show, the log alone says what runs', async () => {
  const running = startProcess({ COGNIGY_WEBHOOK_SECRET: SECRET });
  expect(await running.up()).toEqual({
    time: expect.any(String),
    level: 'info',
    message: 'the service is up',
    version: manifest.version,
    webhook: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    rpc: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    admin: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    tls: [],
    store: `SQLite in ${join(running.folder, 'data')}`,
    permissions: expect.arrayContaining([
      'use the network',
      `read and write ${running.folder}/data/`,
    ]),
  });
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
  expect(running.stdout()).toBe('');
  for (const line of running.stderr().trimEnd().split('\n'))
    expect(() => JSON.parse(line), line).not.toThrow();
});

const SECRETS = `${SECRET},${NEXT_SECRET}`;
/** Held together by a name that a shell would take apart. */
const SECRET_FILE = "the webhook's secret";

test.each([
  ['the generated secret', false, {}],
  ['the first of several secrets, by another name', true, { COGNIGY_WEBHOOK_TOKEN: SECRETS }],
  ['the first of the secrets in a file', true, { COGNIGY_WEBHOOK_SECRET_FILE: SECRET_FILE }],
])('the request of the banner can be pasted, with %s', async (_, terminal, environment) => {
  const folder = createFolder();
  writeFileSync(join(folder, SECRET_FILE), `${SECRETS}\n`);
  const running = startProcess(environment, { terminal, folder });
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
  await waitFor(async () => expect(await post(webhook, NEXT_SECRET)).toBe(200));
  expect(await post(webhook, SECRET)).toBe(401);
  expect(await logged(running, /a secret was replaced/)).toMatchObject({ path });
  expect(running.stdout() + running.stderr()).not.toContain(NEXT_SECRET);
});
