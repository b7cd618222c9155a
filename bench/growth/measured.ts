// What is kept of a run of bench/growth/growth.ts, in docs/operate/measured.json.

import type { LoadProcess } from '../load/load.ts';
import type { RoundLoad } from '../load/webhook-load.ts';
import { type Case, type Cost, each, type Plan, runRounds } from '../rounds.ts';
import { median } from '../table/result-table.ts';

/** CPU time of one request, in microseconds, and how often it went to Redis. */
export type RequestCost = Pick<Cost, 'serverUs' | 'redisUs' | 'scripts'>;

/** Costs at one place of the horizontal axis. */
export type Point = {
  at: number;
  save: RequestCost;
  restore: RequestCost;
  /** Memory of Redis for each session, where it was measured. */
  redisBytes?: number;
  /** Memory of the service for each connection, where it was measured. */
  serviceBytes?: number;
  note?: string;
};

export type Series = { name: SeriesName; title: string; points: Point[] };

export type SeriesName = 'kilobytes' | 'updates' | 'liveSessions' | 'connections' | 'shards';

/** Of a conversation of 20 saves of 1 kB and 2 restores, compactions included; and of a process. */
export type Constants = {
  conversationServiceMs: number;
  conversationRedisMs: number;
  conversationRoundTrips: number;
  /** Memory of Redis that a conversation's session takes at its end. */
  conversationRedisBytes: number;
  idleMebibytes: number;
  loadedMebibytes: number;
};

export type Measured = {
  node: string;
  processor: string;
  constants: Constants;
  series: Series[];
};

export type GrowthPlan = Plan & Record<SeriesName, number[]>;

export type GrowthOptions = { plan: GrowthPlan; loadProcess: LoadProcess };

/** Sessions enough that each gets two saves of the plan, too few for a compaction: where all
 * sessions are of one age, all of them would be compacted in the same round. */
export function sessionsFor({ warmUpRequests, rounds, requests }: Plan): number {
  return Math.ceil((warmUpRequests + rounds * requests) / 2);
}

type Measuring = Pick<Case, 'server' | 'redis'> & { save: RoundLoad; restore: RoundLoad };

/** Costs of saves and of restores under these loads, medians of the plan's rounds. */
export async function costsOf(
  { save, restore, ...processes }: Measuring,
  { plan, loadProcess }: { plan: Plan; loadProcess: LoadProcess },
): Promise<Pick<Point, 'save' | 'restore'>> {
  const cases = {
    save: { ...processes, work: each(save) },
    restore: { ...processes, work: each(restore) },
  };
  const costs = await runRounds(cases, { plan, loadProcess });
  return { save: middle(costs.save), restore: middle(costs.restore) };
}

function middle(costs: readonly Cost[]): RequestCost {
  const of = (name: keyof Cost) => median(costs.map((cost) => cost[name]));
  return { serverUs: of('serverUs'), redisUs: of('redisUs'), scripts: of('scripts') };
}
