// Sentinels that are down, hang, know nothing or are behind, and masters that they name in vain:
// what the caller is told, and that it heals by itself.

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createRedisStore,
  type RedisStoreOptions,
} from '../../../../src/store/redis/redis-store.ts';
import { freePorts } from '../../../support/free-ports.ts';
import {
  MASTER_NAME,
  type RedisSentinels,
  sentinelLines,
  startRedisSentinels,
} from '../../../support/redis-sentinel.ts';
import { prepareRedisServer, type RedisServer } from '../../../support/redis-server.ts';
import { appendOf, openStore, storeOptions, untilServed } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept, refusalOf, untilRefused } from './refused-calls.ts';

const NEVER_MS = 3_600_000;

let group: RedisSentinels;
beforeAll(async () => {
  group = await startRedisSentinels({ downAfterMs: 60_000 });
});
afterAll(() => group?.stop());

const addressOf = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;

function storeAt(
  target: Partial<RedisSentinels['target']>,
  options: Partial<RedisStoreOptions> = {},
) {
  return closing(
    createRedisStore({
      ...storeOptions({ ...group.target, ...target }),
      topologyRefreshMs: NEVER_MS,
      ...options,
    }),
  );
}

/** Kills them, until the test starts them again or ends. */
async function kill(...servers: RedisServer[]): Promise<{ start(): Promise<void> }> {
  await Promise.all(servers.map((server) => server.kill()));
  let started: Promise<unknown> | undefined;
  const start = async () => {
    started ??= Promise.all(servers.map((server) => server.start()));
    await started;
  };
  onTestFinished(start);
  return { start };
}

/** A sentinel that nobody else knows of, which watches what the master's file says. */
async function startSentinel(masterPort: number): Promise<RedisServer> {
  const sentinel = kept(
    await prepareRedisServer({ sentinel: sentinelLines(masterPort, { downAfterMs: 60_000 }) }),
  );
  await sentinel.start();
  return sentinel;
}

describe('a store whose sentinels are down', () => {
  it('names each of them, is told of each once, and heals by itself', async () => {
    const told: string[] = [];
    const options = {
      onConnectionError: ({ address, reason }: { address: string; reason: string }) =>
        told.push(`${address} ${reason}`),
    };
    const killed = await kill(...group.sentinels);
    const store = storeAt({}, options);
    const last = group.sentinels.map(addressOf)[2] as string;
    await untilRefused(store, last);
    const message = await until('a reason for each sentinel', async () => {
      const said = await refusalOf(store.ping());
      return group.sentinels.every((sentinel) => said.includes(addressOf(sentinel)))
        ? said
        : undefined;
    });
    for (const address of group.sentinels.map(addressOf)) {
      const reason = `connect ECONNREFUSED ${address} (sentinel for ${MASTER_NAME})`;
      expect(message).toContain(`${address}: ${reason}`);
      expect(told.filter((line) => line === `${address} ${reason}`)).toHaveLength(1);
    }
    await killed.start();
    await untilServed(store);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });

  it('goes on with the master that it has', async () => {
    const store = closing(await openStore(group.target, { topologyRefreshMs: NEVER_MS }));
    await kill(...group.sentinels);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
    // And once that is gone too, each is named.
    const master = group.servers[0] as RedisServer;
    const killed = await kill(master);
    const parts = [master, ...group.sentinels].map(
      (server) => `connect ECONNREFUSED ${addressOf(server)} (`,
    );
    await until('all reasons in one', async () => {
      const message = await refusalOf(store.append(appendOf()));
      return parts.every((part) => message.includes(part)) || undefined;
    });
    await killed.start();
    await untilServed(store);
  });
});

describe('a sentinel that does not help', () => {
  it('because it is down or hangs delays a start by little', async () => {
    const [down, hanging, well] = group.sentinels as [RedisServer, RedisServer, RedisServer];
    await kill(down);
    hanging.pause();
    const startedMs = performance.now();
    const store = storeAt({}, { commandTimeoutMs: 300 });
    await untilServed(store);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect((await well.client.client('LIST')) as string).toContain('cognigy-session-sidecar');
    hanging.resume();
  });

  it('because it knows no such master says so', async () => {
    const store = storeAt({ name: 'mistress' });
    const message = await untilRefused(
      store,
      'No such master with that name (sentinel for mistress)',
    );
    expect(message).toContain(addressOf(group.sentinels[0] as RedisServer));
    expect(await refusalOf(store.ping())).toContain('No such master');
  });

  it('because it is a server with data says so', async () => {
    const store = storeAt({ sentinels: group.servers.slice(0, 1) });
    await untilRefused(store, "unknown command 'sentinel'");
  });

  it('because it is behind is not believed as long as another knows better', async () => {
    const outdated = kept(await prepareRedisServer());
    await outdated.start();
    // Nobody tells it of the others, and no failover makes it any wiser.
    const behind = await startSentinel(outdated.port);
    await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', MASTER_NAME]);
    await group.untilReplaced(group.servers[0] as RedisServer);
    await group.untilWhole();
    const sentinels = [behind, ...group.sentinels].map(({ host, port }) => ({ host, port }));
    const store = storeAt({ sentinels }, { topologyRefreshMs: 20 });
    await untilServed(store);
    const append = appendOf();
    await store.append(append);
    await kill(...group.sentinels);
    for (let turn = 0; turn < 20; turn++) {
      await store.append(appendOf({ sessionId: append.sessionId }));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await outdated.client.dbsize()).toBe(0);
    expect((await store.read(append.sessionId))?.frames).toHaveLength(21);
  });
});

describe('a master that the sentinels name', () => {
  it('and that cannot be reached is named with its cause and with them', async () => {
    const [port = 0] = await freePorts(1);
    const { host, port: sentinelPort } = await startSentinel(port);
    const store = storeAt({ sentinels: [{ host, port: sentinelPort }] });
    await untilRefused(
      store,
      `127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port} (master of mymaster, according to the sentinels)`,
    );
  });

  it('is used in the database that was asked for', async () => {
    const store = closing(await openStore({ ...group.target, database: 5 }));
    await store.append(appendOf());
    expect(await (await group.master()).client.info('keyspace')).toMatch(/^db5:keys=1,/m);
  });

  it('and that takes no writes says so, and is asked after again', async () => {
    const master = await group.master();
    const store = closing(await openStore(group.target, { topologyRefreshMs: NEVER_MS }));
    await master.client.config('SET', 'min-replicas-to-write', '5');
    await untilRefused(store, `${addressOf(master)}: NOREPLICAS`);
    await master.client.config('SET', 'min-replicas-to-write', '0');
    await untilServed(store);
  });
});

it('a store that is closed refuses what is on its way, and stays away', async () => {
  const store = await openStore(group.target, { commandTimeoutMs: 5000 });
  const master = await group.master();
  master.pause();
  const call = refusalOf(store.append(appendOf()));
  const startedMs = performance.now();
  await store.close();
  await call;
  expect(performance.now() - startedMs).toBeLessThan(1000);
  master.resume();
  for (const { client } of [master, ...group.sentinels]) {
    await until('nobody to be connected', async () =>
      String(await client.client('LIST')).includes('cognigy-session-sidecar') ? undefined : true,
    );
  }
});
