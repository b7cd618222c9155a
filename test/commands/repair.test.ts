// The repair command as an operator runs it: on a store that the service uses, on a session by
// its id.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { SessionStore } from '../../src/store/session-store.ts';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { keys, openStore, standaloneTarget } from '../support/redis-store.ts';
import { commandOf, createTestService, receiptNow } from '../support/test-service.ts';

const REPAIR = join(import.meta.dirname, '../../src/commands/repair.ts');
const QUARANTINE_TTL_MS = 60_000;

type Ran = { code: number; stdout: string; stderr: string };

let redis: Redis;
let store: SessionStore;
let environment: Record<string, string>;

beforeAll(async () => {
  const { host, port } = inject('redisStandalone');
  redis = new Redis({ host, port });
  store = await openStore(standaloneTarget());
  environment = { STORE_URL: `redis://${host}:${port}` };
});
afterAll(async () => {
  redis.disconnect();
  await store.close();
});

function repair(args: string[], settings = environment): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [REPAIR, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

let sessions = 0;

/** A session of three updates, of which the second is injured; its frame's name and what it held
 * before. */
async function injuredSession() {
  const sessionId = `repair-${process.pid}-${sessions++}`;
  const service = createTestService(store);
  for (const place of [1, 2, 3]) {
    const variables = [{ key: `v${place}`, json: `"secret-${place}"` }];
    await service.persist(commandOf({ sessionId, variables }));
  }
  const name = (await store.read(sessionId))?.frames[1]?.name ?? '';
  const value = (await redis.hgetBuffer(keys.session(sessionId), name)) as Buffer;
  const injured = Buffer.from(value);
  injured.set([~(value.at(-40) ?? 0) & 0xff], value.length - 40);
  await redis.hset(keys.session(sessionId), name, injured);
  return { sessionId, name, value, injured };
}

async function outcomeOf(sessionId: string) {
  const query = { sessionId, userId: '', revision: 0, receipt: receiptNow() };
  return (await createTestService(store).restore(query))?.outcome;
}

describe('npm run repair', () => {
  test('shows what it would move, and moves nothing', async () => {
    const { sessionId, name } = await injuredSession();
    const before = await redis.hgetallBuffer(keys.session(sessionId));
    const { code, stdout } = await repair([sessionId]);
    expect(code).toBe(0);
    expect(stdout).toContain(`frame: delta ${name}, revision 2,`);
    expect(stdout).toMatch(new RegExp(`${name}.*bad_digest -> quarantine`));
    expect(stdout.match(/, sound$/gm)).toHaveLength(2);
    expect(stdout).toContain('Nothing was changed. With --apply these frames are moved: 1.');
    expect(stdout).not.toContain('secret-');
    expect(stdout).not.toContain(sessionId);
    expect(await redis.hgetallBuffer(keys.session(sessionId))).toEqual(before);
  });

  test('with --apply moves it into quarantine, byte by byte, and has nothing to do the second time', async () => {
    const { sessionId, name, injured } = await injuredSession();
    expect((await repair([sessionId, '--apply'])).stdout).toContain(
      'Frames that were moved: 1 of 1.',
    );
    const { session, quarantine } = await store.inspect(sessionId);
    expect(session?.frames.map((frame) => frame.name)).not.toContain(name);
    expect(quarantine.map((frame) => [frame.name, Buffer.compare(frame.value, injured)])).toEqual([
      [name, 0],
    ]);
    const again = await repair([sessionId, '--apply']);
    expect([again.code, again.stdout.includes('There is nothing to repair.')]).toEqual([0, true]);
    expect(again.stdout).toMatch(new RegExp(`quarantined: delta ${name}.*bad_digest$`, 'm'));
    expect(await outcomeOf(sessionId)).toBe('recovered');
  });

  test('puts a frame back that can be read after all', async () => {
    const { sessionId, name, value } = await injuredSession();
    await redis.hset(keys.session(sessionId), name, value);
    await store.quarantine({
      sessionId,
      moves: [{ move: 'quarantine', name, value }],
      ttlMs: QUARANTINE_TTL_MS,
      quarantineMaxBytes: 1e6,
    });
    expect(await outcomeOf(sessionId)).toBe('recovered');
    expect((await repair([sessionId])).stdout).toMatch(
      new RegExp(`quarantined: delta ${name}.*-> release`),
    );
    const folder = mkdtempSync(join(tmpdir(), 'repair-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { stdout } = await repair([sessionId, '--export', folder, '--apply']);
    expect(stdout).toContain('Frames that were moved: 1 of 1.');
    expect(await outcomeOf(sessionId)).toBe('intact');
    const exported = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
    expect(exported).toEqual([value]);
  });

  test('with --discard forgets what cannot be read, and only with --apply', async () => {
    const { sessionId } = await injuredSession();
    await repair([sessionId, '--apply']);
    expect((await repair([sessionId, '--discard'])).stdout).toContain('-> discard');
    expect((await store.inspect(sessionId)).quarantine).toHaveLength(1);
    expect((await repair([sessionId, '--discard', '--apply'])).code).toBe(0);
    expect((await store.inspect(sessionId)).quarantine).toEqual([]);
    // An update is missing until the compaction that the restore starts has merged the others.
    expect(await outcomeOf(sessionId)).toBe('recovered');
    await expect.poll(() => outcomeOf(sessionId)).toBe('intact');
  });

  test('with --reseal accepts fields that were edited by hand, and only with --apply', async () => {
    const sessionId = `repair-${process.pid}-${sessions++}`;
    await createTestService(store).persist(commandOf({ sessionId }));
    const before = (await store.read(sessionId))?.expiresAtMs ?? 0;
    await redis.hset(keys.session(sessionId), 'expires_at', before - 1000);
    const expiry = async () => (await store.read(sessionId))?.expiresAtMs;
    expect((await repair([sessionId])).stdout).toContain('damaged: expires_at');
    expect((await repair([sessionId, '--reseal'])).stdout).toContain('Nothing was changed.');
    expect(await expiry()).toBe(before);
    expect((await repair([sessionId, '--reseal', '--apply'])).code).toBe(0);
    expect(await expiry()).toBe(before - 1000);
    const persisted = await createTestService(store).persist(commandOf({ sessionId }));
    expect(persisted).toMatchObject({ status: 'accepted', revision: 2 });
    expect((await repair([sessionId])).stdout).not.toContain('damaged');
  });

  test('exports each frame that is not intact as it is stored, for its owner alone', async () => {
    const { sessionId, name, injured } = await injuredSession();
    const folder = mkdtempSync(join(tmpdir(), 'repair-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { code } = await repair([sessionId, '--export', join(folder, 'evidence')]);
    expect(code).toBe(0);
    const [file = '', ...others] = readdirSync(join(folder, 'evidence'));
    expect([file.endsWith(`-${name}.frame`), others]).toEqual([true, []]);
    const path = join(folder, 'evidence', file);
    expect(readFileSync(path).equals(injured)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('exports a frame that was sent again and damaged again next to the one in quarantine', async () => {
    const { sessionId, name, injured } = await injuredSession();
    await repair([sessionId, '--apply']);
    const again = Buffer.concat([injured, Buffer.from('more')]);
    await redis.hset(keys.session(sessionId), name, again);
    const folder = mkdtempSync(join(tmpdir(), 'repair-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await repair([sessionId, '--export', folder]);
    const exported = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
    expect(exported).toEqual([again, injured]);
  });

  test('works on the embedded store, together with the service that has it open', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'repair-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    const embedded = createSqliteStore({ path: join(dataDir, 'sessions.db') });
    onTestFinished(() => embedded.close());
    await createTestService(embedded).persist(commandOf({ sessionId: 'embedded' }));
    const { code, stdout } = await repair(['embedded'], { DATA_DIR: dataDir });
    expect([code, stdout]).toEqual([0, expect.stringContaining('live, revision 1,')]);
  });

  test.each([
    ['no session', []],
    ['an unknown flag', ['a', '--force']],
  ])('explains itself when called with %s', async (_, args) => {
    const { code, stderr } = await repair(args);
    expect([code, stderr]).toEqual([
      64,
      expect.stringContaining('usage: npm run repair -- SESSION_ID'),
    ]);
  });

  test('explains itself when asked', async () => {
    const { code, stdout, stderr } = await repair(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^usage: npm run repair -- SESSION_ID/);
    for (const option of ['--apply', '--discard', '--reseal', '--export FOLDER'])
      expect(stdout).toMatch(new RegExp(`^  ${option} `, 'm'));
  });

  test('finds nothing to repair of a session that is not there, with settings of its own alone', async () => {
    const ofTheService = {
      ...{ WEBHOOK_LISTEN: '0.0.0.0:8080', RPC_LISTEN: '0.0.0.0:28051', SESSION_TTL: 'soon' },
      ...{ COGNIGY_WEBHOOK_SECRET_FILE: '/nowhere', RPC_TOKEN: 'short', RPC_TLS_CERT: '/nowhere' },
    };
    const mistyped = { STORE_PASWORD: 'x' };
    const { code, stdout, stderr } = await repair(['nobody'], {
      ...{ ...environment, ...ofTheService, ...mistyped },
    });
    expect([code, stderr]).toEqual([0, 'STORE_PASWORD is not a setting; STORE_PASSWORD is\n']);
    expect(stdout).toMatch(
      /^store: Redis at .*\nsession [0-9a-f]{12}: not live, 0 frames, 0 in quarantine\nThere is nothing/,
    );
  });

  test('refuses a configuration that cannot be used, and a store that is not there', async () => {
    const wrong = await repair(['a'], { STORE_URL: 'nonsense' });
    expect([wrong.code, wrong.stderr]).toEqual([78, expect.stringContaining('STORE_URL')]);
    const gone = await repair(['a'], { STORE_URL: 'redis://127.0.0.1:1' });
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('127.0.0.1:1')]);
  });
});
