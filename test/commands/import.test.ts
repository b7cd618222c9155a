// The import command as an operator runs it, on sessions as the tutorials' services left them.

import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBaseId } from '../../src/session/update-id.ts';
import { cgnyKey, cgnyValue } from '../support/legacy/cgny-layout.ts';
import { jsonKey, jsonValue } from '../support/legacy/json-layout.ts';
import {
  type LegacyRedis,
  openLegacyRedis,
  restore,
  save,
  valuesOf,
} from '../support/legacy/legacy-redis.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { clusterTarget, keys, standaloneTarget } from '../support/redis-store.ts';
import { receiptNow } from '../support/test-service.ts';
import { until } from '../support/until.ts';

const IMPORT = join(import.meta.dirname, '../../src/commands/import.ts');
const MANY = 10_000;

type Ran = { code: number | undefined; stdout: string; stderr: string };

let server: RedisServer;
let redis: LegacyRedis;
let environment: Record<string, string>;

beforeAll(async () => {
  server = await startRedisServer();
  redis = await openLegacyRedis(standaloneTarget(server));
  environment = { STORE_URL: `redis://127.0.0.1:${server.port}` };
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
});
beforeEach(() => server.client.flushall());

function runImport(args: string[] = [], settings = environment): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [IMPORT, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code as unknown as number) : 0, stdout, stderr }),
    );
  });
}

describe('an import', () => {
  test('makes sessions of both layouts, which are found by their users', async () => {
    await redis.leaveJson({ sessionId: 's-json', userId: 'u', context: { a: 1 } });
    await redis.leaveCgny({ sessionId: 's-cgny', context: { b: '2' } });
    const { code, stdout } = await runImport();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^from Redis at \S+ into Redis at \S+\n/);
    expect(stdout).toMatch(
      /\n100 %, 2 sessions found, .*\n.*\n +2 {2}imported: are sessions now\n$/,
    );
    const off = redis.service({ isOff: true });
    expect(valuesOf(await restore(off, '', 'u')).context).toEqual({ a: 1 });
    expect(valuesOf(await restore(off, 's-cgny')).context).toEqual({ b: '2' });
    expect(await redis.client.exists(jsonKey('s-json'))).toBe(1);
  });

  test('keeps the time that each has left', async () => {
    await redis.leaveJson({ sessionId: 's' }, 600);
    await runImport();
    const left = await server.client.pttl(keys.session('s'));
    expect(left).toBeGreaterThan(550_000);
    expect(left).toBeLessThanOrEqual(600_000);
  });

  test('is merged beneath what has begun without it, and leaves what was erased', async () => {
    const off = redis.service({ isOff: true });
    for (const sessionId of ['begun', 'erased', 'of the erased']) {
      const userId = sessionId === 'of the erased' ? 'gone' : null;
      await redis.leaveJson({ sessionId, userId, variables: { a: 'old', b: 'old' } });
    }
    await save(off, 'begun', 'a', 'new');
    await off.erase({ receipt: receiptNow(), sessionId: 'erased', ifMatch: '', updateId: '' });
    await off.eraseUser({ receipt: receiptNow(), userId: 'gone' });
    const dry = await runImport(['--dry-run']);
    const { code, stdout } = await runImport();
    for (const line of [/ 1 {2}joined: /, / 2 {2}erased: /]) {
      expect(dry.stdout).toMatch(line);
      expect(stdout).toMatch(line);
    }
    expect(code).toBe(0);
    expect(valuesOf(await restore(off, 'begun')).variables).toEqual({ a: 'new', b: 'old' });
    expect(await restore(off, 'erased')).toBeUndefined();
    expect(await restore(off, 'of the erased')).toBeUndefined();
  });

  test('skips what cannot be read, and says how many, why, and which', async () => {
    await redis.leaveJson({ sessionId: 'valid' });
    await server.client.set(jsonKey('torn'), '{"sessionId": "torn"');
    await server.client.set(jsonKey('other'), '"a text of another program"');
    await server.client.set(
      cgnyKey('flipped'),
      Buffer.from(cgnyValue({ sessionId: 'flipped' }).with(5, 0)),
    );
    await server.client.set(jsonKey('undefined'), jsonValue({ sessionId: 'undefined' }));
    await server.client.hset(jsonKey('a hash'), 'of', 'another program');
    const { code, stdout } = await runImport();
    expect(code).toBe(2);
    for (const line of [
      / 1 {2}imported: /,
      / 1 {2}not_json: skipped, damaged: .*\n +[0-9a-f]{12}\n/,
      / 1 {2}not_a_session: /,
      / 1 {2}bad_digest: skipped, damaged: /,
      / 1 {2}bad_id: /,
    ])
      expect(stdout).toMatch(line);
    expect(stdout).not.toMatch(/torn|flipped/);
    expect(await server.client.exists(keys.session('torn'), keys.session('flipped'))).toBe(0);
    expect(await server.client.exists(jsonKey('torn'), cgnyKey('flipped'))).toBe(2);
  });

  test('changes nothing in a dry run', async () => {
    await redis.leaveJson({ sessionId: 's', userId: 'u' });
    const { code, stdout } = await runImport(['--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Nothing was changed.*\n +1 {2}imported: /);
    // The check of the store writes a key of its own.
    const kept = (await server.client.keys('*')).filter((key) => !key.includes(':probe:'));
    expect(kept).toEqual([jsonKey('s')]);
  });
});

test('an import of 10 000 that is killed and run again neither loses nor doubles', async () => {
  const pipeline = server.client.pipeline();
  for (let nth = 0; nth < MANY; nth += 1) {
    const sessionId = `s-${nth}`;
    if (nth % 2 === 0) pipeline.set(cgnyKey(sessionId), cgnyValue({ sessionId }), 'EX', 3600);
    else {
      const session = { sessionId, userId: `u-${nth % 1000}` };
      pipeline.set(jsonKey(sessionId), jsonValue(session), 'EX', 3600);
    }
  }
  await pipeline.exec();

  const env = { PATH: process.env.PATH, ...environment };
  const killed = spawn(process.execPath, [IMPORT, '--rate', '3000'], { env, stdio: 'ignore' });
  await until(
    'a part to be imported',
    async () => (await server.client.dbsize()) > MANY + 2000 || undefined,
  );
  killed.kill('SIGKILL');
  const before = await server.client.dbsize();
  expect(before).toBeLessThan(2 * MANY);

  const { code, stdout } = await runImport(['--rate', '100000']);
  expect(code).toBe(0);
  const [, imported] = /(\d+) {2}imported:/.exec(stdout) ?? [];
  const [, known] = /(\d+) {2}known:/.exec(stdout) ?? [];
  expect(Number(imported) + Number(known)).toBe(MANY);
  expect(Number(known)).toBeGreaterThan(1000);

  const stored = server.client.pipeline();
  for (let nth = 0; nth < MANY; nth += 1) {
    const [sessionId, layout] = [`s-${nth}`, nth % 2 === 0 ? 'cgny' : 'json'];
    const base = createBaseId({ sessionId, layout });
    stored.hmget(keys.session(sessionId), 'revision', base);
  }
  const sessions = ((await stored.exec()) ?? []).map(([, fields]) => fields as (string | null)[]);
  expect(sessions.filter(([revision, frame]) => revision === '1' && frame)).toHaveLength(MANY);
  const noted = await Promise.all(
    Array.from({ length: 1000 }, (_, nth) => server.client.zcard(keys.user(`u-${nth}`))),
  );
  expect(noted.reduce((sum, members) => sum + members, 0)).toBe(2 * (MANY / 2));
}, 120_000);

test('a Redis Cluster is imported from all of its masters', async () => {
  const cluster = await openLegacyRedis(clusterTarget());
  try {
    const sessionIds = Array.from({ length: 60 }, () => cluster.newSessionId());
    for (const sessionId of sessionIds) await cluster.leaveJson({ sessionId, context: { a: 1 } });
    const nodes = (clusterTarget() as { nodes: { port: number }[] }).nodes;
    const STORE_URL = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join()}`;
    const { stderr } = await runImport([], { STORE_URL });
    expect(stderr).toBe('');
    const off = cluster.service({ isOff: true });
    const restored = await Promise.all(sessionIds.map((sessionId) => restore(off, sessionId)));
    expect(restored.map((session) => session?.revision)).toEqual(sessionIds.map(() => 1));
  } finally {
    await cluster.close();
  }
});

describe('the command', () => {
  test.each([
    [['--rate', '0'], '--rate must be a whole number from 1 on'],
    [['--list', 'many'], '--list must be a whole number from 0 on'],
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['surplus'], 'Unexpected argument'],
  ])('refuses %j', async (args, reason) => {
    const { code, stderr } = await runImport(args);
    expect(code).toBe(64);
    expect(stderr).toMatch(/^usage: npm run import/);
    expect(stderr).toContain(reason);
  });

  test('needs a store on Redis', async () => {
    const { code, stderr } = await runImport([], {});
    expect(code).toBe(78);
    expect(stderr).toMatch(/^STORE_URL is not set: sessions are imported into a store on Redis\n/);
  });

  test('shows its options', async () => {
    const { code, stdout } = await runImport(['--help']);
    expect(code).toBe(0);
    for (const option of ['--dry-run', '--rate N', '--list N']) expect(stdout).toContain(option);
  });

  test('ends at a lasting refusal of the store', async () => {
    const STORE_URL = `redis://nobody:wrong@127.0.0.1:${server.port}`;
    const { code, stderr } = await runImport([], { STORE_URL });
    expect(code).toBe(1);
    expect(stderr).toMatch(/WRONGPASS/);
    expect(stderr).toMatch(/It is not finished: run it again\.\n$/);
  });

  test('stops at a signal, after what it has begun at the rate that it may', async () => {
    for (let nth = 0; nth < 300; nth += 1) await redis.leaveJson({ sessionId: `s-${nth}` });
    const env = { PATH: process.env.PATH, ...environment };
    const stopped = spawn(process.execPath, [IMPORT, '--rate', '32'], { env });
    let output = '';
    for (const stream of [stopped.stdout, stopped.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    await until('the first ones', async () => (await server.client.dbsize()) > 310 || undefined);
    stopped.kill('SIGTERM');
    const code = await new Promise((resolve) => stopped.once('close', resolve));
    expect(code).toBe(1);
    expect(output).toMatch(/ (32|64|96|128) {2}imported: .*\nIt was stopped: run it again/);
  });
});
