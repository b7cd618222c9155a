// Lists and exports of sessions on a real cluster: while sessions are written, through a failover,
// and with a shard away.

import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ExportUserResponse,
  ListedBy,
  type ListSessionsResponse,
  SessionService,
} from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { startReadyApps, stopApps } from '../support/ready-apps.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { keys } from '../support/redis-store.ts';
import { type RunningApp, SECRET } from '../support/running-app.ts';
import { until } from '../support/until.ts';

/** Parts of ids that mean something to Redis, or to a URL. */
const STRANGE = [
  '{tag}',
  '}{',
  '*',
  '?[a-z]',
  '\\',
  ':',
  '%7B',
  ' ',
  '\n',
  '日本',
  '😀',
  'a/b?c=d',
];
const IDS = Array.from(
  { length: 240 },
  (_, place) => `list-${STRANGE[place % STRANGE.length]}-${place}`,
);

let cluster: RedisCluster;
let apps: RunningApp[];
beforeAll(async () => {
  cluster = await startRedisCluster();
  const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const settings = { STORE_URL: `redis+cluster://${nodes}`, STORE_COMMAND_TIMEOUT_MS: '2000' };
  apps = await startReadyApps(2, { ...settings, REQUEST_DEADLINE_MS: '8000' });
  await Promise.all(
    IDS.map((sessionId, place) =>
      client(place).persist({ sessionId, userId: `user-${place % 2}`, flowId: 'flow' }),
    ),
  );
  // Other keys of the database, which are looked at, too.
  const { master } = await cluster.shardOf('{foreign}');
  for (let place = 0; place < 300; place++) await master.client.set(`{foreign}${place}`, '');
});
afterAll(async () => {
  await stopApps(apps);
  await cluster?.stop();
});

function client(place: number) {
  const { rpc = '' } = apps[place % apps.length] ?? {};
  return createClient(SessionService, createGrpcTransport({ baseUrl: rpc }));
}

type Request = Parameters<ReturnType<typeof client>['listSessions']>[0];

/** All pages, each from another sidecar than the one before. */
async function pagesOf(request: Request, between = async (_: number) => {}) {
  const pages: ListSessionsResponse[] = [];
  for (let pageToken: string | undefined; pageToken !== ''; ) {
    const page = await client(pages.length).listSessions({
      ...request,
      pageToken: pageToken ?? '',
    });
    pages.push(page);
    pageToken = page.nextPageToken;
    await between(pages.length);
  }
  return pages;
}

const idsOn = (pages: ListSessionsResponse[]) =>
  pages.flatMap(({ sessions }) => sessions.map(({ sessionId }) => sessionId));

test('the pages of a scan have each session once, while others are written', async () => {
  const between = async (place: number) => {
    await client(place).persist({ sessionId: `new-${place}`, userId: 'user-0' });
    await client(place).persist({ sessionId: IDS[place % IDS.length] as string, flowId: 'flow' });
  };
  const pages = await pagesOf({ sessionIdPrefix: 'list-', pageSize: 20 }, between);
  expect(idsOn(pages).sort()).toEqual(IDS.toSorted());
  expect(pages.every(({ sessions }) => sessions.length <= 20)).toBe(true);
  expect(new Set(pages.map(({ listedBy }) => listedBy))).toEqual(new Set([ListedBy.SCAN]));
});

test("the pages of a user's index have each session once, newest first", async () => {
  const pages = await pagesOf({ userId: 'user-1', pageSize: 7 });
  expect(idsOn(pages).sort()).toEqual(IDS.filter((_, place) => place % 2 === 1).sort());
  expect(pages.every(({ listedBy }) => listedBy === ListedBy.USER_INDEX)).toBe(true);
});

test('a failover between two pages makes no session missing; repetitions are announced', async () => {
  const first = await client(0).listSessions({ sessionIdPrefix: 'list-', pageSize: 20 });
  // Its scan is of the first shard, whose slots come first.
  const { replica, master } = cluster.shards[0] ?? {};
  await until('the replica to have everything', async () =>
    Number(await master?.client.wait(1, 1000)) >= 1 ? true : undefined,
  );
  await replica?.client.call('CLUSTER', ['FAILOVER']);
  await until('the replica to be the master', async () =>
    String(await replica?.client.call('ROLE')).startsWith('master') ? true : undefined,
  );
  const rest: ListSessionsResponse[] = [];
  for (let { nextPageToken: pageToken } = first; pageToken !== ''; ) {
    const request = { sessionIdPrefix: 'list-', pageSize: 100, pageToken };
    const page = await client(rest.length).listSessions(request);
    rest.push(page);
    pageToken = page.nextPageToken;
  }
  const found = idsOn([first, ...rest]);
  expect([...new Set(found)].sort()).toEqual(IDS.toSorted());
  // A sidecar that does not know of the failover yet continues at the former master.
  if (!rest.some(({ mayRepeat }) => mayRepeat)) expect(found).toHaveLength(IDS.length);
});

/** An export over HTTP, and as an RPC: the ids in it, and how it ends. */
async function exportOf(userId: string) {
  const { webhook = '' } = apps[0] ?? {};
  const overHttp = fetch(`${webhook}/api/v1/users/${userId}/export`, {
    headers: { 'x-api-key': SECRET },
  }).then(async (response) => ({ response, ...((await response.json()) as JsonExport) }));
  const parts: ExportUserResponse[] = [];
  const read = async () => {
    for await (const part of client(0).exportUser({ userId })) parts.push(part);
  };
  const asRpc = read().then(
    () => 'done',
    (error) => Code[ConnectError.from(error).code],
  );
  const [{ response, sessions, ...document }, code] = await Promise.all([overHttp, asRpc]);
  const streamed = parts.flatMap(({ part }) => (part.case === 'session' ? [part.value] : []));
  expect(streamed.map(({ sessionId }) => sessionId)).toEqual(sessions.map((one) => one.sessionId));
  const last = parts.at(-1)?.part;
  expect(last?.case === 'end' && last.value.problemCount).toBe(document.problemCount);
  const ids = sessions.map(({ sessionId }) => sessionId).sort();
  return { ids, sessions, streamed, document, code, response };
}

type JsonExport = {
  sessions: { sessionId: string; variables: object }[];
  complete: boolean;
  problemCount: number;
  problems: { sessionId: string; reason: string }[];
};

test('an export has every session of the user, over HTTP and as an RPC', async () => {
  const own = IDS.filter((_, place) => place % 2 === 1);
  const variables = { text: 'ünïcödé\u2028"', list: [1, { deep: null }], number: 2 ** 53 };
  await client(0).persist({ sessionId: own[0] as string, variables });
  const { ids, sessions, streamed, document, code, response } = await exportOf('user-1');
  expect(ids).toEqual(own.toSorted());
  expect([response.status, document.complete, code]).toEqual([200, true, 'done']);
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="user-\w+/);
  expect(sessions.find(({ sessionId }) => sessionId === own[0])?.variables).toEqual(variables);
  const [one] = streamed.filter(({ sessionId }) => sessionId === own[0]);
  expect(one?.inspection?.state?.variables).toEqual(variables);
  expect(one?.values.at(-1)?.variables).toEqual(variables);
});

test('a shard that is away fails a list, or is left out and named, in exports too', async () => {
  const { master, replica } = cluster.shards[2] ?? {};
  await Promise.all([replica?.kill(), master?.kill()]);
  const slots = await Promise.all(IDS.map((id) => cluster.slotOf(keys.session(id))));
  const isThere = (_: string, place: number) => (slots[place] ?? 0) < 10_923;
  const indexes = await Promise.all(
    [0, 1].map((place) => cluster.slotOf(keys.user(`user-${place}`))),
  );
  const place = indexes.findIndex((slot) => slot < 10_923);
  expect(place).toBeGreaterThanOrEqual(0);
  const request = { sessionIdPrefix: 'list-', pageSize: 100 };
  // Each of them waits for the shard until its deadline.
  const [pages, all, { ids, document, code, response }] = await Promise.all([
    pagesOf({ ...request, skipUnavailable: true }),
    pagesOf(request).catch((error) => error),
    exportOf(`user-${place}`),
  ]);
  const unavailable = pages.flatMap((page) => page.unavailable);
  expect(unavailable).toEqual([`127.0.0.1:${master?.port}`]);
  const found = idsOn(pages);
  expect(new Set(found).size).toBe(found.length);
  expect(String(all)).toMatch(/unavailable.*did not answer/);
  expect(found.sort()).toEqual(IDS.filter(isThere).sort());

  const isOwn = (_: string, other: number) => other % 2 === place;
  const expected = IDS.filter((id, other) => isThere(id, other) && isOwn(id, other));
  expect(ids.filter((id) => id.startsWith('list-'))).toEqual(expected.sort());
  expect([response.status, document.complete, code]).toEqual([503, false, 'Unavailable']);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  const lost = document.problems.map(({ sessionId }) => sessionId);
  const missing = IDS.filter((id, other) => !isThere(id, other) && isOwn(id, other));
  expect(lost.filter((id) => id.startsWith('list-')).sort()).toEqual(missing.sort());
});
