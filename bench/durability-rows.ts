// What it costs to wait for replicas: saves that are replicated against the same saves that are
// only stored, at a master with one replica. CPU time of the service and of the master.

import { startRedisReplicas } from '../test/support/redis-replicas.ts';
import { turnBody } from './example-update.ts';
import type { LoadProcess } from './load/load.ts';
import { save, webhookLoad } from './load/webhook-load.ts';
import { each, type Plan, runRounds } from './rounds.ts';
import { startService } from './servers/start.ts';
import { type Row, rowOf } from './table/result-table.ts';

const SESSIONS = { firstSession: 0, sessions: 1_000_000_000 };

/** One row for each durability, as a share of the saves per CPU second that are only stored. */
export async function durabilityRows(options: {
  plan: Plan;
  loadProcess: LoadProcess;
}): Promise<Row[]> {
  const group = await startRedisReplicas(1);
  const start = (settings: Record<string, string>) => startService(group.master, { settings });
  const stored = await start({});
  const replicated = await start({ DURABILITY: 'replicated' });
  try {
    const caseOf = (server: typeof stored) => ({
      ...{ server, redis: [group.master] },
      work: each(webhookLoad(server.port, save(turnBody()), SESSIONS)),
    });
    const cases = { stored: caseOf(stored), replicated: caseOf(replicated) };
    const costs = await runRounds(cases, options);
    const shareOf = (costOf: (cost: { serverUs: number; redisUs: number }) => number) =>
      costs.replicated.map((cost, round) => {
        const base = costs.stored[round];
        return base === undefined ? Number.NaN : costOf(base) / costOf(cost);
      });
    const unit = ' of stored';
    return [
      rowOf(
        'webhook persist, replicated: rate of the service',
        shareOf((cost) => cost.serverUs),
        {
          unit,
        },
      ),
      rowOf(
        'webhook persist, replicated: rate of the master',
        shareOf((cost) => cost.redisUs),
        {
          unit,
        },
      ),
    ];
  } finally {
    await Promise.all([stored.stop(), replicated.stop()]);
    await group.stop();
  }
}
