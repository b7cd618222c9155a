// What single settings need of a store is checked where they are on, and nowhere else.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { FIT, findingsOf, kept, urlOf } from './store-findings.ts';

/** The commands of each setting, and what every store needs. */
const EVERY =
  '+eval +evalsha +time +type +rename +pexpireat +pexpiretime +hget +hmget +hgetall +hkeys +hset ' +
  '+hdel +zadd +zcard +zmscore +zrange +zrem +info';
const TRACKING = '+client|tracking';
const EVENTS = '+subscribe +config|get &__keyevent@*__:expired';
const LEGACY = '~session:* ~cognigy:state:* +pttl +strlen +get +unlink';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer({ settings: FIT });
});
afterAll(() => redis?.stop());

/** What is found for a user with these rights, without the addresses. */
async function foundAs(rights: string, settings: Record<string, string>) {
  const words = `on >pw resetchannels ~cgs:* -@all ${EVERY} ${rights}`.split(' ');
  await redis.client.call('ACL', ['SETUSER', 'someone', 'reset', ...words]);
  const login = { STORE_URL: urlOf(redis), STORE_USERNAME: 'someone', STORE_PASSWORD: 'pw' };
  const { ok, wrong } = await findingsOf({ ...login, ...settings });
  const texts = wrong.map(
    ({ check, level, text }) => `${check} ${level} ${text.slice(text.indexOf(': ') + 2)}`,
  );
  return { ok, texts };
}

async function flagsOf(): Promise<string> {
  const [, flags = ''] = (await redis.client.config('GET', 'notify-keyspace-events')) as string[];
  return flags;
}

describe('Watch', () => {
  test('needs CLIENT TRACKING', async () => {
    const may = await foundAs(TRACKING, {});
    expect(may).toMatchObject({ texts: [] });
    expect(may.ok).toContain('watch');
    const { texts } = await foundAs('', {});
    expect(texts).toEqual([
      expect.stringMatching(/^watch warning CLIENT TRACKING: NOPERM .*; Watch polls instead/),
    ]);
  });

  test('needs nothing where there may be no calls', async () => {
    const { ok, texts } = await foundAs('', { WATCH_LIMIT: '0' });
    expect(texts).toEqual([]);
    expect(ok).not.toContain('watch');
  });
});

describe('EXPIRY_EVENTS', () => {
  const OFF = { WATCH_LIMIT: '0' };

  test('needs a server that reports expired keys, and the right to hear of them', async () => {
    const settings = { ...OFF, EXPIRY_EVENTS: 'on' };
    expect((await foundAs(EVENTS, settings)).texts).toEqual([
      'expiry warning notify-keyspace-events is "", and must have E and x; expired sessions are ' +
        'counted by the sweep alone',
    ]);
    await redis.client.config('SET', 'notify-keyspace-events', 'Ex');
    const fit = await foundAs(EVENTS, settings);
    expect(fit.texts).toEqual([]);
    expect(fit.ok).toContain('expiry');
    expect((await foundAs('', settings)).texts).toEqual([
      expect.stringMatching(
        /^expiry warning SUBSCRIBE __keyevent@0__:expired: NOPERM .*; CONFIG GET notify-keyspace-events: NOPERM/,
      ),
    ]);
    await redis.client.config('SET', 'notify-keyspace-events', '');
  });

  test('needs the right to configure that where it is to be enabled, and nothing is configured yet', async () => {
    const settings = { ...OFF, EXPIRY_EVENTS: 'enable' };
    expect((await foundAs(`${EVENTS} +config|set`, settings)).texts).toEqual([]);
    expect(await flagsOf()).toBe('');
    expect((await foundAs(EVENTS, settings)).texts).toEqual([
      expect.stringMatching(/^expiry warning CONFIG SET notify-keyspace-events: NOPERM/),
    ]);
  });

  test('needs nothing where sessions are swept', async () => {
    const { ok, texts } = await foundAs('', OFF);
    expect(texts).toEqual([]);
    expect(ok).not.toContain('expiry');
  });
});

test('ECHO needs INFO', async () => {
  const settings = { WATCH_LIMIT: '0', ECHO: 'on' };
  expect((await foundAs('', settings)).texts).toEqual([]);
  expect((await foundAs('-info', settings)).texts).toEqual([
    expect.stringMatching(
      /^permissions warning INFO: NOPERM .*, and ECHO cannot know which writes/,
    ),
  ]);
});

describe('LEGACY_STATE', () => {
  const READ = { WATCH_LIMIT: '0', LEGACY_STATE: 'read' };

  test('needs the keys of former services, and the commands for them', async () => {
    const may = await foundAs(LEGACY, READ);
    expect(may.texts).toEqual([]);
    expect(may.ok).toContain('legacy');
    const { texts } = await foundAs(
      LEGACY.replace(' +unlink', '').replace(' ~cognigy:state:*', ''),
      READ,
    );
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(
      /^legacy unfit the user may not run unlink on the keys session:\*; .*on the keys cognigy:state:\*.*; sessions that are not here yet would be refused \(LEGACY_STATE=read\)$/,
    );
  });

  test('needs nothing where it is not read', async () => {
    const { ok, texts } = await foundAs('', { WATCH_LIMIT: '0' });
    expect(texts).toEqual([]);
    expect(ok).not.toContain('legacy');
  });

  test('needs another Redis to be reached, with the rights there', async () => {
    const former = await kept(startRedisServer());
    await former.client.call('ACL', ['SETUSER', 'old', 'on', '>pw', '~session:*', '+@all']);
    const at = (url: string) => ({ ...READ, LEGACY_STORE_URL: url });
    const { texts } = await foundAs('', at(`redis://old:pw@127.0.0.1:${former.port}`));
    expect(texts).toEqual([expect.stringMatching(/^legacy unfit .*cognigy:state:\*/)]);
    expect(texts[0]).not.toContain('session:*');
    expect((await foundAs('', at(`redis://127.0.0.1:${former.port}`))).texts).toEqual([]);
    expect((await foundAs('', at('redis://127.0.0.1:1'))).texts).toEqual([
      expect.stringMatching(/^legacy unfit connect ECONNREFUSED.*would be refused/),
    ]);
  });
});
