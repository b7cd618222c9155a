import type { RedisServer } from '../../support/redis-server.ts';
import { until } from './until.ts';

/** Waits until every one of these servers answers. */
export async function untilAnswering(servers: readonly RedisServer[]): Promise<void> {
  for (const { port, client } of servers)
    await until(`${port} answering`, async () => ((await client.ping()) ? true : undefined));
}

/** Waits until these replicas follow their master, and have everything that it had by then. */
export async function untilInSync(
  master: RedisServer,
  replicas: readonly RedisServer[],
): Promise<void> {
  const neededOffset = await until(`the replicas of ${master.port} following it`, async () => {
    const { offset, acknowledged } = await replicationOf(master);
    const states = await Promise.all(replicas.map(({ client }) => client.info('replication')));
    const areFollowing = states.every(
      (state) => /^role:slave/m.test(state) && /^master_link_status:up/m.test(state),
    );
    return areFollowing && acknowledged.length === replicas.length ? offset : undefined;
  });
  await until(`the replicas of ${master.port} having what it has`, async () => {
    const { acknowledged } = await replicationOf(master);
    const isInSync =
      acknowledged.length === replicas.length &&
      acknowledged.every((offset) => offset >= neededOffset);
    return isInSync || undefined;
  });
}

/** What a master wrote, and what each of its replicas has acknowledged. */
async function replicationOf({
  client,
}: RedisServer): Promise<{ offset: number | undefined; acknowledged: number[] }> {
  const info = await client.info('replication');
  const [, offset] =
    /^role:master$.*^master_repl_offset:(\d+)/ms.exec(info.replaceAll('\r', '')) ?? [];
  const followers = [...info.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm)];
  return {
    offset: offset === undefined ? undefined : Number(offset),
    acknowledged: followers.map(([, acknowledged]) => Number(acknowledged)),
  };
}
