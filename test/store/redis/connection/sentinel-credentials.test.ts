// Passwords at the sentinels and at the servers with the data: two of each kind, which may be
// wrong, and may be replaced while the service runs.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { type RedisSentinels, startRedisSentinels } from '../../../support/redis-sentinel.ts';
import { appendOf, openStore, storeOptions, untilServed } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, untilRefused } from './refused-calls.ts';

const DATA_PASSWORD = 'of-the-data';
const SENTINEL_PASSWORD = 'of-the-sentinels';
const right = { password: () => DATA_PASSWORD, sentinelPassword: () => SENTINEL_PASSWORD };

let group: RedisSentinels;
beforeAll(async () => {
  const passwords = { password: DATA_PASSWORD, sentinelPassword: SENTINEL_PASSWORD };
  group = await startRedisSentinels({ ...passwords, downAfterMs: 60_000 });
});
afterAll(() => group?.stop());

describe('a store with a password for the data and one for the sentinels', () => {
  it('logs in at both', async () => {
    const store = closing(await openStore(group.target, right));
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });

  it.each([
    [
      'WRONGPASS',
      'a wrong one for the sentinels',
      { sentinelPassword: () => 'open sesame' },
      'sentinel',
    ],
    ['NOAUTH', 'none for the sentinels', { sentinelPassword: () => '' }, 'sentinel'],
    ['WRONGPASS', 'a wrong one for the data', { password: () => 'open sesame' }, 'master'],
    ['NOAUTH', 'none for the data', { password: () => '' }, 'master'],
    ['WRONGPASS', 'an unknown user at the sentinels', { sentinelUsername: 'nobody' }, 'sentinel'],
  ])('says %s of %s, names the host, and repeats no password', async (code, _, wrong, whose) => {
    const told: string[] = [];
    const store = closing(
      createRedisStore({
        ...storeOptions(group.target),
        ...right,
        ...wrong,
        onConnectionError: ({ reason }) => told.push(reason),
      }),
    );
    const message = await untilRefused(store, code);
    const port = (whose === 'master' ? group.servers : group.sentinels)[0]?.port;
    expect(message).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}: [^;]*${code}[^;]*\\(${whose} `));
    expect(message + told.join()).not.toMatch(/sesame|of-the-(data|sentinels)/);
  });
});

describe('a password that is replaced while the store is open', () => {
  it('at the sentinels: each is listened to again with the new one', async () => {
    let sentinelPassword = SENTINEL_PASSWORD;
    closing(await openStore(group.target, { ...right, sentinelPassword: () => sentinelPassword }));
    const listens = async (client: RedisSentinels['servers'][0]['client']) =>
      /name=cognigy-session-sidecar .*sub=2/.test(String(await client.client('LIST')));
    sentinelPassword = 'replaced';
    for (const { client } of group.sentinels) {
      await until(
        'the sentinel to be listened to',
        async () => (await listens(client)) || undefined,
      );
      await client.call('ACL', ['SETUSER', 'default', 'resetpass', '>replaced']);
      await client.call('CLIENT', ['KILL', 'TYPE', 'pubsub']);
      await until('the sentinel to be left', async () => !(await listens(client)) || undefined);
      const again = until(
        'the sentinel to be listened to again',
        async () => (await listens(client)) || undefined,
      );
      expect(await again).toBe(true);
    }
  });

  it('at the data: the master is logged in at again with the new one', async () => {
    let password = DATA_PASSWORD;
    const sentinelPassword = () => 'replaced';
    const store = closing(
      await openStore(group.target, { password: () => password, sentinelPassword }),
    );
    for (const { client } of group.servers) {
      await client.config('SET', 'masterauth', 'new');
      await client.config('SET', 'requirepass', 'new');
    }
    for (const { client } of group.servers)
      await client.call('CLIENT', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await untilRefused(store, 'WRONGPASS');
    password = 'new';
    await untilServed(store);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });
});
