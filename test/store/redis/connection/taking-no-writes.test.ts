// A server that answers and takes no writes: what the caller is told, that nothing is written, and
// that it heals.

import { mkdir, rmdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  keys,
  openStore,
  standaloneTarget,
  storeOptions,
  untilServed,
} from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept, refusalOf, untilRefused } from './refused-calls.ts';

describe('a server that takes no writes', () => {
  const conditions: [
    string,
    (server: RedisServer) => Promise<unknown>,
    (server: RedisServer) => Promise<unknown>,
  ][] = [
    [
      'OOM',
      ({ client }) => client.config('SET', 'maxmemory', '1'),
      ({ client }) => client.config('SET', 'maxmemory', '0'),
    ],
    [
      'NOREPLICAS',
      ({ client }) => client.config('SET', 'min-replicas-to-write', '1'),
      ({ client }) => client.config('SET', 'min-replicas-to-write', '0'),
    ],
    [
      'READONLY',
      ({ client }) => client.replicaof('127.0.0.1', 1),
      ({ client }) => client.replicaof('NO', 'ONE'),
    ],
    ['MISCONF', failToSave, ({ client }) => client.config('SET', 'save', '')],
  ];

  it.each(conditions)(
    '(%s) is named, is not ready, writes nothing, reads on, and heals',
    async (code, break_, mend) => {
      const server = kept(
        await startRedisServer({ settings: { 'enable-protected-configs': 'yes' } }),
      );
      const store = closing(await openStore(standaloneTarget(server)));
      const append = appendOf();
      await store.append(append);
      const before = await server.client.hgetall(keys.session(append.sessionId));

      await break_(server);
      const message = await untilRefused(store, code);
      expect(message).toContain(`127.0.0.1:${server.port}: ${code}`);
      const next = appendOf({ sessionId: append.sessionId });
      await refusalOf(store.append(next));
      expect(await server.client.hgetall(keys.session(append.sessionId))).toEqual(before);
      await until(`a ping that is refused as ${code}`, async () =>
        (await refusalOf(store.ping())).includes(code) ? true : undefined,
      );
      const session = await until('a session that is read', () => store.read(append.sessionId));
      expect(session.revision).toBe(1);

      await mend(server);
      await untilServed(store);
      expect(await store.append(next)).toMatchObject({ status: 'stored', revision: 2 });
    },
  );

  it('because it was demoted is left for a new connection, which may lead elsewhere', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server)));
    const connections = async () =>
      [
        ...String(await server.client.client('LIST')).matchAll(
          /^id=(\d+).* name=cognigy-session-sidecar/gm,
        ),
      ].map(([, id]) => id);
    const [before] = await connections();
    await server.client.replicaof('127.0.0.1', 1);
    await untilRefused(store, 'READONLY');
    await until('a new connection', async () => {
      const [now] = await connections();
      return now !== undefined && now !== before ? now : undefined;
    });
  });

  it('because it is loading says so', async () => {
    const server = kept(
      await startRedisServer({
        settings: { 'key-load-delay': '5000', 'loading-process-events-interval-bytes': '1024' },
      }),
    );
    for (let place = 0; place < 300; place++)
      await server.client.set(`key ${place}`, 'x'.repeat(1000));
    await server.client.save();
    await server.kill();
    const store = closing(createRedisStore(storeOptions(standaloneTarget(server))));
    await server.start();
    await untilRefused(store, 'LOADING');
    await untilServed(store);
  });
});

/** Lets a snapshot fail, after which a server that should save takes no writes. */
async function failToSave({ client }: RedisServer): Promise<void> {
  const [, folder = ''] = (await client.config('GET', 'dir')) as string[];
  await mkdir(`${folder}/gone`);
  await client.config('SET', 'dir', `${folder}/gone`);
  await client.config('SET', 'save', '3600 1');
  await rmdir(`${folder}/gone`);
  await client.bgsave();
  await until('the snapshot to fail', async () =>
    /rdb_last_bgsave_status:err/.test(await client.info('persistence')) ? true : undefined,
  );
}
