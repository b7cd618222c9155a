// npm run bench:growth: how the cost of a save and of a restore grows with the size of a session,
// its updates, the live sessions, the connections and the shards; and the constants from which
// docs/operate/sizing.md computes what a load needs. Prints a table.
//
//   --quick   less of everything, minutes instead of an hour
//   --keep    writes docs/operate/measured.json, cost-growth.svg next to it, and the tables of
//             sizing.md
//
// 10^6 live sessions take about 3 GB of memory in Redis.

import { parseArgs } from 'node:util';
import { startRedisServer } from '../../test/support/redis-server.ts';
import { withService } from '../conversation/cases.ts';
import { type LoadProcess, startLoadProcess } from '../load/load.ts';
import { runRounds } from '../rounds.ts';
import { startService } from '../servers/start.ts';
import { keepResult, machine } from '../table/kept.ts';
import { columnsText, median } from '../table/result-table.ts';
import { overConnections } from './connections.ts';
import { MEASURED_FILE, writeDocuments } from './documents.ts';
import { overLiveSessions } from './live-sessions.ts';
import type { Constants, GrowthPlan, Measured, Series } from './measured.ts';
import { overSessionSize } from './session-size.ts';
import { overShards } from './shards.ts';
import { overUpdates } from './updates.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, keep: { type: 'boolean' } },
});
const plan: GrowthPlan = flags.quick
  ? {
      ...{ warmUpRequests: 1000, rounds: 3, requests: 1000 },
      kilobytes: [1, 4, 16, 64, 256],
      updates: [1, 10, 100, 1000],
      liveSessions: [1000, 10_000, 30_000],
      connections: [1, 8, 64, 256],
      shards: [1, 3, 6],
    }
  : {
      ...{ warmUpRequests: 4000, rounds: 9, requests: 4000 },
      kilobytes: [1, 4, 16, 64, 256],
      updates: [1, 10, 100, 1000, 10_000],
      liveSessions: [1000, 10_000, 100_000, 1_000_000],
      connections: [1, 8, 64, 256, 1000],
      shards: [1, 3, 6],
    };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const loadProcess = startLoadProcess();
const constants = await measureConstants(loadProcess);
const options = { plan, loadProcess };
const series: Series[] = [
  await overSessionSize(options),
  await overUpdates(options),
  await overLiveSessions(options),
  await overConnections(options),
  await overShards(options),
];
loadProcess.stop();
const measured: Measured = { node: process.version, ...machine(), constants, series };
process.stdout.write(`${tableOf(measured)}\n`);
if (flags.keep) {
  keepResult(MEASURED_FILE, measured);
  writeDocuments(measured);
}

/** What a whole conversation costs, and what a process takes. */
async function measureConstants(process: LoadProcess): Promise<Constants> {
  const redis = await startRedisServer();
  const service = await startService(redis);
  const idleBytes = service.residentBytes();
  const conversation = withService(service, { saves: 20, saveBytes: 1000, restores: 2 }, redis);
  const costs = await runRounds({ conversation }, { plan, loadProcess: process });
  const middle = (of: keyof (typeof costs.conversation)[number]) =>
    median(costs.conversation.map((cost) => cost[of]));
  const measuredConstants = {
    conversationServiceMs: middle('serverUs') / 1000,
    conversationRedisMs: middle('redisUs') / 1000,
    conversationRoundTrips: middle('scripts'),
    conversationRedisBytes: middle('redisBytes'),
    idleMebibytes: idleBytes / 2 ** 20,
    loadedMebibytes: service.residentBytes() / 2 ** 20,
  };
  await Promise.all([service.stop(), redis.stop()]);
  return measuredConstants;
}

function tableOf({ series: all, constants: known }: Measured): string {
  const lines = all.flatMap(({ title, points }) => [
    ['', '', '', '', ''],
    [title, 'save, service', 'save, Redis', 'restore, service', 'restore, Redis'],
    ...points.map(({ at, save, restore, redisBytes, note = '' }) => [
      String(at),
      ...[save.serverUs, save.redisUs, restore.serverUs, restore.redisUs].map(
        (us) => `${us.toFixed(0)} us`,
      ),
      redisBytes === undefined ? note : `${redisBytes.toFixed(0)} bytes each`,
    ]),
  ]);
  return columnsText([
    ...Object.entries(known).map(([name, it]) => [name, it.toFixed(2)]),
    ...lines,
  ]);
}
