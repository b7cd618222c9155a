// A cluster that is still to be made: its servers answer, and none of them serves anything. Clients
// come and go many times per second meanwhile, for as long as it takes somebody to make it.

import { afterEach, expect, it } from 'vitest';
import { openStore } from '../../../../src/open-store.ts';
import { createLog } from '../../../../src/telemetry/log.ts';
import { startRedisServer } from '../../../support/redis-server.ts';
import { clusterTarget, storeOptions } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { untilRefused } from './refused-calls.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('a cluster without slots says so, and connections to it do not fill the log', async () => {
  const server = await startRedisServer({ settings: { 'cluster-enabled': 'yes' } });
  cleanups.push(() => server.stop());
  const lines: string[] = [];
  const log = createLog({ level: 'info', write: (line) => lines.push(line) });
  const store = await openStore(
    {
      kind: 'redis',
      ...storeOptions(clusterTarget([server])),
      username: '',
      password: () => '',
      sentinelUsername: '',
      sentinelPassword: () => '',
      tls: undefined,
      tlsServerName: '',
      durability: { level: 'stored', replicas: 1 },
    },
    log,
  );
  cleanups.push(() => store.close());
  await until('twenty connections', async () => {
    const [, received = 0] =
      /total_connections_received:(\d+)/.exec(await server.client.info('stats')) ?? [];
    return Number(received) > 20 ? true : undefined;
  });
  expect(lines.filter((line) => line.includes('connected to the store'))).toHaveLength(1);
  const reason = `127.0.0.1:${server.port}: the cluster serves no slots yet`;
  expect(await untilRefused(store, 'serves no slots')).toContain(reason);
  expect(lines.filter((line) => line.includes('the cluster serves no slots yet'))).toHaveLength(1);
});
