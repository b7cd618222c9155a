// What the service is there for, in a container that has nothing that it does not need.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { get, post } from '../support/running-app.ts';
import { builtImage } from './built-image.ts';
import { podman } from './podman.ts';
import {
  type RunningContainer,
  runContainer,
  SECRET,
  startContainer,
} from './running-container.ts';

const run = promisify(execFile);

const KEY = { 'x-api-key': SECRET };

beforeAll(builtImage);

/** A session that no other test has. */
function newSession(): string {
  return `image-${randomBytes(6).toString('hex')}`;
}

function redisUrl(): string {
  const { host, port } = inject('redisStandalone');
  return `redis://${host}:${port}`;
}

async function persistAndRestore({ webhook }: RunningContainer, sessionId: string): Promise<void> {
  const update = { sessionId, userId: `user-of-${sessionId}`, variables: { cartTotal: 42.5 } };
  const persisted = await post(`${webhook}/webhook/cognigy/session`, update, KEY);
  expect(persisted).toMatchObject({ status: 200, body: { status: 'accepted', revision: 1 } });
  await expectRestored(webhook, sessionId);
}

async function expectRestored(webhook: string, sessionId: string): Promise<void> {
  const restored = await post(`${webhook}/webhook/cognigy/restore`, { sessionId }, KEY);
  expect(restored).toMatchObject({
    status: 200,
    body: { found: true, outcome: 'intact', variables: { cartTotal: 42.5 } },
  });
}

test('it keeps sessions in Redis, gives them back, and shows them to gRPC clients', async () => {
  const container = await startContainer({ environment: { STORE_URL: redisUrl() } });
  const sessionId = newSession();
  await persistAndRestore(container, sessionId);
  const request = JSON.stringify({ sessionId });
  const method = `${container.rpc}/cognigy.session.v1.SessionService/Inspect`;
  const call = ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', '--data', request, method];
  const { stdout } = await run('node_modules/.bin/buf', call);
  expect(JSON.parse(stdout).session).toMatchObject({
    state: { sessionId, revision: 1, outcome: 'OUTCOME_INTACT' },
    frames: [{ verdict: 'FRAME_VERDICT_SOUND' }],
  });
  expect(await get(`${container.admin}/healthz`)).toMatchObject({ status: 200 });
  const unread = await post(`${container.webhook}/webhook/cognigy/restore`, { sessionId }, {});
  expect(unread.status).toBe(401);
});

test('it keeps sessions in a volume, where a second container finds them', async () => {
  const volume = `session-image-${randomBytes(4).toString('hex')}`;
  onTestFinished(async () => void (await podman('volume', 'rm', '--force', volume)));
  const volumes = [`${volume}:/data`];
  const sessionId = newSession();
  const first = await startContainer({ volumes });
  await persistAndRestore(first, sessionId);
  await first.signal('TERM');
  expect(await first.exited).toBe(0);
  const second = await startContainer({ volumes });
  await expectRestored(second.webhook, sessionId);
});

test('without a volume and without a store it says at the start where it cannot write', async () => {
  const environment = { COGNIGY_WEBHOOK_SECRET: SECRET };
  const { code, stderr } = await runContainer({ environment });
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/read-only .*'\/data\//),
  });
});

test('sessions are shown and mended from the image, without npm', async () => {
  const container = await startContainer({
    environment: { STORE_URL: redisUrl() },
    memory: '256m',
  });
  const sessionId = newSession();
  await persistAndRestore(container, sessionId);
  const command = ['/nodejs/bin/node', 'dist/repair.cjs', sessionId];
  const report = await podman('exec', container.name, ...command);
  expect(report).toMatch(/live, revision 1, .*There is nothing to repair\.$/s);
});

test('flow definitions are checked from the image, without npm', async () => {
  const volumes = [`${new URL('../../examples/flows', import.meta.url).pathname}:/flows:ro`];
  const command = ['dist/check-flows.cjs', '/flows'];
  const { code, stdout } = await runContainer({ volumes, command });
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/2 files, 0 with problems/),
  });
});
