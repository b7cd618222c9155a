// Our service against those of the two tutorials: the same updates, on the same Redis and core, in
// the same rounds.

import type { LatencyPlan } from '../latency/latency-rows.ts';
import { latencyRows } from '../latency/latency-rows.ts';
import type { LoadProcess } from '../load/load.ts';
import { type RoundLoad, webhookLoad } from '../load/webhook-load.ts';
import { type Case, type Cost, each, type Plan, runRounds } from '../rounds.ts';
import { clusterUrl, startMasters } from '../servers/masters.ts';
import { type ServerProcess, startService } from '../servers/start.ts';
import { median, type Row, rowOf } from '../table/result-table.ts';
import { startJava, startPython } from './build.ts';
import { JAVA, type PeerMessages, PYTHON } from './loads.ts';

/** Sessions that have had updates before. */
const SESSIONS = { firstSession: 0, sessions: 1000 };
const KINDS = ['save', 'restore'] as const;

const PEERS = [
  { name: 'Python', start: startPython, messages: PYTHON, atLeast: 10, warmUpRequests: 2000 },
  // A Java machine compiles for longer than the others.
  { name: 'Java', start: startJava, messages: JAVA, atLeast: 3, warmUpRequests: 20_000 },
];

type Options = { plan: Plan & LatencyPlan; loadProcess: LoadProcess };
type Peer = (typeof PEERS)[number];

/** Rows of rates against each peer, and of each one's latencies. */
export async function peerRows(options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const peer of PEERS) rows.push(...(await rowsAgainst(peer, options)));
  return rows;
}

async function rowsAgainst(
  { name, start, messages, atLeast, warmUpRequests }: Peer,
  { plan, loadProcess }: Options,
): Promise<Row[]> {
  // The one in Java asks for a cluster; one node is the cheapest for all.
  const redis = await startMasters(1);
  const peer = await start(redis[0]?.port ?? 0);
  const ours = await startService({ url: clusterUrl(redis) });
  try {
    const loads = { peer: loadsOf(peer, messages, 'peer'), ours: loadsOf(ours, messages, 'ours') };
    const cases: Record<string, Case> = {};
    for (const kind of KINDS) {
      cases[`peer ${kind}`] = { server: peer, work: each(loads.peer[kind]) };
      cases[`ours ${kind}`] = { server: ours, work: each(loads.ours[kind]) };
    }
    const costs = await runRounds(cases, { plan: { ...plan, warmUpRequests }, loadProcess });
    const us = (which: string) => (costs[which] as Cost[]).map(({ serverUs }) => serverUs);
    const rates = KINDS.map((kind) => {
      const [theirs, own] = [us(`peer ${kind}`), us(`ours ${kind}`)];
      const perSecond = [own, theirs].map((each) => Math.round(1e6 / median(each)));
      return rowOf(
        `${kind}s per CPU second against the ${name} service`,
        theirs.map((cost, round) => cost / (own[round] ?? Number.NaN)),
        { unit: 'x', atLeast, note: `${perSecond.join(' against ')}` },
      );
    });
    const latencies: Row[] = [];
    for (const kind of KINDS)
      latencies.push(
        ...(await latencyRows(`a ${kind}, ${name} service`, loads.peer[kind], {
          ...{ plan, loadProcess },
        })),
      );
    return [...rates, ...latencies];
  } finally {
    await Promise.all([peer, ours, ...redis].map((server) => server.stop()));
  }
}

function loadsOf({ port }: ServerProcess, messages: PeerMessages, whose: 'peer' | 'ours') {
  const { headers } = messages;
  const load = (kind: (typeof KINDS)[number]): RoundLoad => ({
    ...webhookLoad(port, messages[kind][whose], SESSIONS),
    headers,
  });
  return { save: load('save'), restore: load('restore') };
}
