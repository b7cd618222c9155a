// Rounds: every case runs once per round, one after the other, so that a temporary slowdown of the
// machine affects all of them. The CPU time of one request is compared, which hardly depends on
// other processes; and it is compared within each round, before the median is computed.

import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../test/support/redis-server.ts';
import type { Load, LoadProcess } from './load/load.ts';
import type { ServerProcess } from './servers/start.ts';

/** Work that continues after the answers (compaction) counts too: a server has settled when it uses
 * no more CPU time for this long. */
const SETTLED_AFTER_MS = 40;
const SETTLE_MAX_MS = 10_000;

/** What a case does in a round, and the processes whose CPU time is its cost. */
export type Case = {
  /** The requests of one round. */
  work(numbers: Numbers): Work;
  server: ServerProcess;
  /** Set where Redis's cost counts too: all its servers. */
  redis?: readonly RedisServer[];
  /** Runs before each round. */
  prepare?: () => Promise<void>;
};

/** The requests from a number on, as many as a case of single requests sends. */
export type Numbers = { firstRequest: number; requests: number };

/** Loads, and the number of units in all of them; a cost is that of one unit. Each load begins when
 * the server has done all that the one before left to do. */
export type Work = { loads: Load[]; units: number };

/** Of one unit of work, work after the answers included. */
export type Cost = {
  /** CPU time of the server, in microseconds. */
  serverUs: number;
  /** CPU time of Redis, in microseconds; 0 where it does not count. */
  redisUs: number;
  /** Scripts that Redis ran: one is one round trip. */
  scripts: number;
  /** Memory that Redis uses for it afterwards. */
  redisBytes: number;
};

/** The costs of each case, one for each round. */
export type Costs<Name extends string> = Record<Name, Cost[]>;

/** The number of requests of each case before the first round, while the code is still being
 * compiled; the number of rounds; and the number of requests in each. */
export type Plan = { warmUpRequests: number; rounds: number; requests: number };

/** A case of single requests. */
export function each(load: Omit<Load, keyof Numbers>): Case['work'] {
  return (numbers) => ({ loads: [{ ...load, ...numbers }], units: numbers.requests });
}

/** Runs every case in each round. */
export async function runRounds<Name extends string>(
  cases: Record<Name, Case>,
  { plan, loadProcess }: { plan: Plan; loadProcess: LoadProcess },
): Promise<Costs<Name>> {
  const named = Object.entries(cases) as [Name, Case][];
  const costs = Object.fromEntries(named.map(([name]) => [name, []])) as unknown as Costs<Name>;
  let firstRequest = 0;
  for (let round = 0; round <= plan.rounds; round++) {
    const requests = round === 0 ? plan.warmUpRequests : plan.requests;
    for (const [name, measured] of named) {
      const cost = await costOf(measured, { requests, firstRequest, loadProcess });
      if (round > 0) costs[name].push(cost);
    }
    firstRequest += requests;
  }
  return costs;
}

async function costOf(
  { work, server, redis = [], prepare }: Case,
  { loadProcess, ...numbers }: Numbers & { loadProcess: LoadProcess },
): Promise<Cost> {
  await prepare?.();
  const { loads, units } = work(numbers);
  const used = async () => ({ serverUs: server.cpuSeconds() * 1e6, ...(await usedBy(redis)) });
  await settle(server);
  const before = await used();
  for (const load of loads) {
    await loadProcess.run(load);
    await settle(server);
  }
  const after = await used();
  return {
    serverUs: (after.serverUs - before.serverUs) / units,
    redisUs: (after.redisUs - before.redisUs) / units,
    scripts: (after.scripts - before.scripts) / units,
    redisBytes: (after.redisBytes - before.redisBytes) / units,
  };
}

async function settle(server: ServerProcess): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MAX_MS;
  let seen = Number.NaN;
  while (server.cpuSeconds() !== seen && performance.now() < deadlineMs) {
    seen = server.cpuSeconds();
    await pause(SETTLED_AFTER_MS);
  }
}

async function usedBy(servers: readonly RedisServer[]) {
  const texts = await Promise.all(
    servers.map(async ({ client }) => await client.info('everything')),
  );
  const sum = (pattern: RegExp) =>
    [...texts.join('\n').matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    redisUs: sum(/^used_cpu_(?:sys|user):([\d.]+)/gm) * 1e6,
    redisBytes: sum(/^used_memory:(\d+)/gm),
    scripts: sum(/^cmdstat_(?:eval|evalsha):calls=(\d+)/gm),
  };
}
