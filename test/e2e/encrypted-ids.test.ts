// Encrypted ids as an operator has them: everything that callers do works with their ids, and no
// file that the service or its store has ever written holds one.

import { createSecretKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, onTestFinished, test } from 'vitest';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { createIdCiphers } from '../../src/session/encryption/id-cipher.ts';
import { logIdOf } from '../../src/session/log-id.ts';
import { keyRingText, keyText } from '../support/encryption-keys.ts';
import { startReadyApp, startReadyApps, stopApps } from '../support/ready-apps.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { get, post, type RunningApp, SECRET } from '../support/running-app.ts';
import { until } from '../support/until.ts';

const ENCRYPTION_KEYS = keyRingText('one', ['one'], { idKey: 'ids' });
/** An id as callers without sense choose them, and one that fills blocks. */
const SESSION = 'caller +49 170 4917';
const OTHER = 'session-of-exactly-32-characters';
const USER = 'jane.doe@example.com';
const DAMAGED = 'damaged-session';
const ERASED = ['to be erased', 'erased@example.com'];
const IDS = [SESSION, OTHER, DAMAGED, USER, ...ERASED, 'to expire', 'of an input'];

const save = (app: RunningApp | undefined, body: object) =>
  post(`${app?.webhook}/webhook/cognigy/session`, { flowId: 'f', ...body });
const restore = async (app: RunningApp | undefined, body: object) =>
  (await post(`${app?.webhook}/webhook/cognigy/restore`, body)).body;
const rpcOf = (app: RunningApp | undefined) =>
  createClient(SessionService, createGrpcTransport({ baseUrl: app?.rpc ?? '' }));

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'encrypted-ids-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Everything that lies in a folder, of all files. */
function bytesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join('\n');
}

function expectNoIds(text: string): void {
  for (const id of IDS) {
    expect(text).not.toContain(id);
    expect(text).not.toContain(encodeURIComponent(id));
  }
}

/** What callers do with a session and its user, at one process and another. */
async function converse(one: RunningApp | undefined, two: RunningApp | undefined) {
  const watched = new AbortController();
  const events: string[] = [];
  const watching = (async () => {
    const request = { target: { case: 'userId', value: USER } as const };
    for await (const { sessionId } of rpcOf(two).watch(request, { signal: watched.signal }))
      events.push(sessionId);
  })().catch(() => {});

  const named = { sessionId: SESSION, userId: USER, inputId: 'of an input' };
  expect(await save(one, { ...named, variables: { a: 1 } })).toMatchObject({ status: 200 });
  expect(await save(two, { ...named, variables: { a: 1 } })).toMatchObject({
    body: { known: true },
  });
  // Enough to be compacted.
  const context = { filling: 'x'.repeat(1000) };
  for (let execution = 1; execution <= 20; execution++)
    await save(two, { sessionId: SESSION, userId: USER, updateId: `${execution}`, context });
  await save(one, { sessionId: OTHER, userId: USER, variables: { b: 2 } });
  expect(await restore(two, { sessionId: SESSION })).toMatchObject({ variables: { a: 1 } });
  expect(await restore(two, { userId: USER })).toMatchObject({ sessionId: OTHER });
  const { token } = await rpcOf(one).lock({ sessionId: SESSION });
  expect(await save(two, { sessionId: SESSION })).toMatchObject({ status: 423 });
  await rpcOf(two).unlock({ sessionId: SESSION, token });

  const { sessions } = await rpcOf(two).listSessions({ sessionIdPrefix: 'session-of' });
  expect(sessions.map(({ sessionId, userId }) => [sessionId, userId])).toEqual([[OTHER, USER]]);
  const listed = await rpcOf(one).listSessions({ userId: USER });
  expect(listed.sessions.map(({ sessionId }) => sessionId)).toEqual(
    expect.arrayContaining([SESSION, OTHER]),
  );
  const exported = await get(`${two?.webhook}/api/v1/users/${encodeURIComponent(USER)}/export`);
  const names = exported.body.sessions.map(({ sessionId }: { sessionId: string }) => sessionId);
  expect(names).toEqual(expect.arrayContaining([SESSION, OTHER]));

  await save(one, { sessionId: 'to be erased', userId: 'erased@example.com' });
  const erase = { method: 'DELETE', headers: { 'x-api-key': SECRET } };
  const erased = await fetch(`${two?.webhook}/api/v1/users/erased%40example.com`, erase);
  expect(await erased.json()).toMatchObject({ erased: 1 });
  await fetch(`${two?.webhook}/api/v1/state/${OTHER}`, erase);
  expect(await restore(one, { sessionId: OTHER })).toMatchObject({ found: false });
  if (one !== two)
    await until('the watch to name the session', () => events.includes(SESSION) || undefined);
  watched.abort();
  await watching;
}

test('SQLite and its log hold no id', async () => {
  const DATA_DIR = folderOfTest();
  const app = await startReadyApp({ DATA_DIR, ENCRYPTION_KEYS });
  await converse(app, app);
  const bytes = bytesIn(DATA_DIR);
  expect(bytes).toContain('user_sessions');
  expectNoIds(bytes);
  expectNoIds(JSON.stringify(app.logged));
  await app.stop();
});

test('neither what Redis has written, nor the spool, holds an id, whichever process wrote', async () => {
  const redis = await startRedisServer({ settings: { appendonly: 'yes' } });
  onTestFinished(() => redis.stop());
  const SPOOL_DIR = folderOfTest();
  const STORE_URL = `redis://127.0.0.1:${redis.port}`;
  const settings = { STORE_URL, ENCRYPTION_KEYS, REQUEST_DEADLINE_MS: '5000' };
  const spooling = { SPOOL: 'on', SPOOL_DIR, SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: '1000' };
  const one = await startReadyApp({ ...settings, ...spooling });
  const two = await startReadyApp(settings);
  onTestFinished(() => stopApps([one, two]));
  await save(one, { sessionId: 'to expire', userId: USER, ttl: 1 });
  await converse(one, two);
  await until('the end of a session to be reported', () => {
    const ended = [...one.logged, ...two.logged].find(({ message }) =>
      String(message).includes('has expired'),
    );
    return ended?.session === logIdOf('to expire') || undefined;
  });

  // A damaged frame goes into quarantine.
  await save(one, { sessionId: DAMAGED, variables: { c: 3 } });
  const { session } = createIdCiphers(createSecretKey(keyText('ids'), 'base64'));
  const key = `cgs:{${session.stored(DAMAGED)}}`;
  const frame = (await redis.client.hkeys(key)).find((field) => /^[\w-]{22}$/.test(field)) ?? '';
  await redis.client.hset(key, frame, 'no frame');
  expect(await restore(two, { sessionId: DAMAGED })).toMatchObject({ outcome: 'fallback' });
  await until('the quarantine', async () => {
    const fields = await redis.client.hkeys(key);
    return fields.some((field) => field.startsWith('quarantine')) || undefined;
  });

  redis.pause();
  const spooled = { sessionId: SESSION, userId: USER, variables: { d: 4 } };
  expect(await save(one, spooled)).toMatchObject({ status: 202 });
  expectNoIds(bytesIn(SPOOL_DIR));
  redis.resume();
  await until(
    'the replay',
    async () => (await restore(two, { sessionId: SESSION })).variables?.d === 4 || undefined,
  );
  const bytes = bytesIn(redis.folder);
  expect(bytes).toContain('cgs:{~');
  expect(bytes).toContain('cgs:user:{~');
  expectNoIds(bytes);
  expectNoIds(JSON.stringify([one.logged, two.logged]));
});

test('a process with another idKey finds nothing, says so, and harms nothing', async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const STORE_URL = `redis://127.0.0.1:${redis.port}`;
  const [right] = await startReadyApps(1, { STORE_URL, ENCRYPTION_KEYS });
  onTestFinished(() => stopApps([right as RunningApp]));
  await save(right, { sessionId: SESSION, userId: USER, variables: { a: 1 } });

  for (const idKey of ['other', '']) {
    const keys = keyRingText('one', ['one'], { idKey });
    const wrong = await startReadyApp({ STORE_URL, ENCRYPTION_KEYS: keys });
    const line = await until('the report', () =>
      wrong.logged.find(({ message }) => /stored ids/.test(String(message))),
    );
    expect(line).toMatchObject({ level: 'error', sessions: 1, notFound: 1 });
    expect(await restore(wrong, { sessionId: SESSION })).toMatchObject({ found: false });
    const { sessions } = await rpcOf(wrong).listSessions({});
    expect(sessions).toHaveLength(idKey === '' ? 1 : 0);
    for (const { sessionId } of sessions)
      expect(await restore(wrong, { sessionId })).toMatchObject({ outcome: 'fallback' });
    const unopened = await wrong.metric('cognigy_session_unopened_ids_total');
    expect(unopened > 0).toBe(idKey !== '');
    await wrong.stop();
  }
  expect(await restore(right, { sessionId: SESSION })).toMatchObject({
    outcome: 'intact',
    variables: { a: 1 },
  });
});

test('a frame whose key is lost is kept, and named by the log id of its session', async () => {
  const DATA_DIR = folderOfTest();
  const startWith = (current: string, ids: readonly string[]) =>
    startReadyApp({ DATA_DIR, ENCRYPTION_KEYS: keyRingText(current, ids, { idKey: 'ids' }) });
  const before = await startWith('one', ['one']);
  await save(before, { sessionId: SESSION, variables: { a: 1 } });
  await before.stop();
  const without = await startWith('two', ['two']);
  expect(await restore(without, { sessionId: SESSION })).toMatchObject({ outcome: 'fallback' });
  const lines = without.logged.filter(({ session }) => session === logIdOf(SESSION));
  expect(lines.map(({ keyId, reason }) => [keyId, reason])).toContainEqual(['one', 'key_missing']);
  await without.stop();
  const again = await startWith('two', ['one', 'two']);
  onTestFinished(() => again.stop());
  expect(await restore(again, { sessionId: SESSION })).toMatchObject({ outcome: 'intact' });
});
