// The command that says what is under which key, and encrypts again, as an operator runs it.

import { execFile } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEncryptedIdsStore } from '../../src/service/encrypting/encrypted-ids-store.ts';
import { createEncryptedStore } from '../../src/service/encrypting/encrypted-store.ts';
import { keyIdOf } from '../../src/session/encryption/frame-cipher.ts';
import { createIdCiphers } from '../../src/session/encryption/id-cipher.ts';
import type { SessionStore } from '../../src/store/session-store.ts';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { createTestCipher, keyRingText, keyText } from '../support/encryption-keys.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { clusterTarget, openStore, standaloneTarget } from '../support/redis-store.ts';
import { commandOf, createTestService, receiptNow } from '../support/test-service.ts';

const ENCRYPTION = join(import.meta.dirname, '../../src/commands/encryption.ts');

type Ran = { code: number; stdout: string; stderr: string };

function run(args: string[], settings: Record<string, string>): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [ENCRYPTION, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Sums of the columns of a key, over all shards. */
function framesOf(stdout: string, name: string): number {
  const rows = stdout.matchAll(/^ {2}(\S.*?) {2,}(\d+) +(\d+) +(\d+)$/gm);
  return [...rows].reduce((sum, [, of, frames]) => sum + (of === name ? Number(frames) : 0), 0);
}

const cipher = createTestCipher('', ['old']);

/** Sessions of two updates, each with the same current key. */
async function saveSessions(store: SessionStore, current: string, names: readonly string[]) {
  cipher.replace(current, ['old', 'new', 'lost']);
  const encrypted = createEncryptedStore(store, { contents: cipher.contents, onNotOpened() {} });
  const service = createTestService(encrypted);
  for (const sessionId of names)
    for (const key of ['a', 'b'])
      await service.persist(commandOf({ sessionId, variables: [{ key, json: '1' }] }));
}

const namesOf = (kind: string, count: number) =>
  Array.from({ length: count }, (_, place) => `${kind}-${place}`);

describe.each(['SQLite', 'a Redis Cluster'])('on %s', (kind) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'encryption-'));
  let cluster: RedisCluster | undefined;
  let store: SessionStore;
  let settings: Record<string, string>;

  beforeAll(async () => {
    if (kind === 'SQLite') {
      store = createSqliteStore({ path: join(dataDir, 'sessions.db') });
      settings = { DATA_DIR: dataDir };
    } else {
      cluster = await startRedisCluster();
      store = await openStore(clusterTarget(cluster.servers));
      const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join();
      settings = { STORE_URL: `redis+cluster://${nodes}` };
    }
    await saveSessions(store, '', namesOf('plain', 20));
    await saveSessions(store, 'old', namesOf('old', 10));
    await saveSessions(store, 'new', namesOf('new', 5));
  });
  afterAll(async () => {
    await store?.close();
    await cluster?.stop();
    rmSync(dataDir, { recursive: true });
  });

  test('it shows what is under which key, and changes nothing', async () => {
    const ENCRYPTION_KEYS = keyRingText('new', ['new']);
    const { code, stdout, stderr } = await run([], { ...settings, ENCRYPTION_KEYS });
    expect([code, stderr]).toEqual([0, '']);
    expect(framesOf(stdout, 'new, current')).toBe(10);
    expect(framesOf(stdout, 'old, missing')).toBe(20);
    expect(framesOf(stdout, 'not encrypted')).toBe(40);
    expect(stdout).toMatch(/^sessions: 35; frames that are not under new: 60$/m);
    expect(stdout).toMatch(/^35 sessions, \d+ per second$/m);
    const shards = kind === 'SQLite' ? [/^shard SQLite$/gm, 1] : [/^shard 127\S+:\d+$/gm, 3];
    expect(stdout.match(shards[0] as RegExp)).toHaveLength(shards[1] as number);
    expect(await run([], settings)).toMatchObject({
      stdout: expect.stringMatching(/new, missing.*frames that are encrypted: 30$/ms),
    });
  });

  test('it encrypts again what the keys open, keeps the rest, and says so', async () => {
    await saveSessions(store, 'lost', ['lost-0']);
    const ENCRYPTION_KEYS = keyRingText('new', ['old', 'new']);
    const first = await run(['--reencrypt'], { ...settings, ENCRYPTION_KEYS });
    expect(first.code).toBe(2);
    // Named as in the service's log.
    expect(first.stderr).toMatch(/"no key opens a stored frame".*"keyId":"lost"/);
    expect(first.stderr).not.toContain('lost-0');
    expect(first.stdout).toMatch(/^sessions by compaction: blocked 1, compacted 30$/m);
    expect(framesOf(first.stdout, 'lost, missing')).toBe(2);
    expect(framesOf(first.stdout, 'new, current')).toBe(30 + 10);
    expect(first.stdout).toMatch(/^sessions: 36; frames that are not under new: 2$/m);

    // Now the old key may go.
    cipher.replace('new', ['new']);
    const encrypted = createEncryptedStore(store, { contents: cipher.contents, onNotOpened() {} });
    const service = createTestService(encrypted);
    for (const sessionId of ['plain-7', 'old-7', 'new-3']) {
      const found = await service.restore({
        sessionId,
        userId: '',
        revision: 0,
        receipt: receiptNow(),
      });
      expect(found).toMatchObject({ outcome: 'intact', revision: 2 });
      expect(found?.variables.map(({ key }) => key)).toEqual(['a', 'b']);
    }
    const lost = (await store.read('lost-0'))?.frames.map(({ bytes }) => keyIdOf(bytes));
    expect(lost).toEqual(['lost', 'lost']);
    const withIt = { ...settings, ENCRYPTION_KEYS: keyRingText('new', ['lost', 'new']) };
    expect(await run(['--reencrypt', '--rate', '1000'], withIt)).toMatchObject({ code: 0 });
    // Decrypted, where encryption is to end.
    const without = { ...settings, ENCRYPTION_KEYS: keyRingText('', ['new']) };
    const last = await run(['--reencrypt'], without);
    expect([last.code, framesOf(last.stdout, 'not encrypted')]).toEqual([0, 36]);
  });
});

describe.each(['SQLite', 'Redis'])('with idKey on %s', (kind) => {
  test('sessions are moved to their encrypted ids, and what is damaged is left', async () => {
    const { store, settings, close } = await openOwnStore(kind);
    cipher.replace('new', ['new']);
    const plain = createTestService(
      createEncryptedStore(store, { contents: cipher.contents, onNotOpened() {} }),
    );
    const save = (service: typeof plain, sessionId: string, key: string) =>
      service.persist(
        commandOf({ sessionId, userId: 'user-1', variables: [{ key, json: '1' }], updateId: key }),
      );
    for (const sessionId of namesOf('moved', 12))
      for (const key of ['a', 'b']) await save(plain, sessionId, key);
    await save(plain, 'damaged', 'a');
    await plain.compactor.close();
    cipher.replace('lost');
    await save(plain, 'damaged', 'b');
    cipher.replace('new', ['new']);

    const ids = createIdCiphers(createSecretKey(keyText('ids'), 'base64'));
    const encrypted = createTestService(
      createEncryptedIdsStore(
        createEncryptedStore(store, { contents: cipher.contents, onNotOpened() {} }),
        ids,
      ),
    );
    // It has begun again since.
    await save(encrypted, 'moved-0', 'c');

    const withIds = keyRingText('new', ['new'], { idKey: 'ids' });
    const counted = await run([], { ...settings, ENCRYPTION_KEYS: withIds });
    expect(counted.stdout).toMatch(/^sessions whose stored ids idKey does not open: 13$/m);
    const first = await run(['--reencrypt'], { ...settings, ENCRYPTION_KEYS: withIds });
    expect([first.code, first.stdout]).toEqual([
      2,
      expect.stringMatching(/^sessions that were stored under their ids: damaged 1, moved 12$/m),
    ]);
    expect(first.stdout).toMatch(/^sessions whose stored ids idKey does not open: 1$/m);
    expect(`${first.stdout}${first.stderr}`).not.toContain('moved-');

    const query = { receipt: receiptNow(), userId: '', revision: 0 };
    for (const sessionId of namesOf('moved', 12)) {
      const found = await encrypted.restore({ ...query, sessionId });
      const expected = sessionId === 'moved-0' ? ['a', 'b', 'c'] : ['a', 'b'];
      expect([found?.outcome, found?.variables.map(({ key }) => key)]).toEqual([
        'intact',
        expected,
      ]);
      expect((await store.inspect(sessionId)).session).toBeUndefined();
    }
    const page = { offset: 0, limit: 100 };
    expect(await store.userSessions('user-1', page)).toMatchObject([{ sessionId: 'damaged' }]);
    expect(await store.userSessions(ids.user.stored('user-1'), page)).toHaveLength(12);
    expect((await plain.restore({ ...query, sessionId: 'damaged' }))?.outcome).toBe('recovered');
    await encrypted.compactor.close();
    await close();
  });
});

async function openOwnStore(kind: string) {
  if (kind === 'SQLite') {
    const dataDir = mkdtempSync(join(tmpdir(), 'encryption-'));
    const store = createSqliteStore({ path: join(dataDir, 'sessions.db') });
    const settings = { DATA_DIR: dataDir };
    const close = async () => {
      await store.close();
      rmSync(dataDir, { recursive: true });
    };
    return { store, settings, close };
  }
  const redis = await startRedisServer();
  const { port } = redis;
  const store = await openStore(standaloneTarget(redis));
  const settings = { STORE_URL: `redis://127.0.0.1:${port}` };
  const close = async () => {
    await store.close();
    await redis.stop();
  };
  return { store, settings, close };
}

describe('the command', () => {
  test.each([
    [['--rate', '0'], '--rate must be a whole number from 1 on'],
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['surplus'], 'Unexpected argument'],
  ])('refuses %j', async (args, reason) => {
    const { code, stderr } = await run(args, {});
    expect(code).toBe(64);
    expect(stderr).toMatch(/^usage: npm run encryption/);
    expect(stderr).toContain(reason);
  });

  test('needs keys to encrypt with, and keys that can be used', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'encryption-'));
    expect(await run(['--reencrypt'], { DATA_DIR: dataDir })).toMatchObject({
      ...{ code: 78, stderr: 'ENCRYPTION_KEYS_FILE is not set\n' },
    });
    expect(await run([], { DATA_DIR: dataDir, ENCRYPTION_KEYS: '{' })).toMatchObject({
      ...{
        code: 78,
        stderr: expect.stringMatching(/^ENCRYPTION_KEYS must be .*; it is no JSON\n/),
      },
    });
    rmSync(dataDir, { recursive: true });
  });
});
