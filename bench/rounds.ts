// Rounds: every case runs once per round, one after the other, so that a temporary slowdown of the
// machine affects all of them. The CPU time of one request is compared, which hardly depends on
// other processes; and it is compared within each round, before the median is computed.

import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../test/support/redis-server.ts';
import type { Load, LoadProcess } from './load.ts';
import type { ServerProcess } from './server-process.ts';

/** Work that continues after the answers (compaction) counts too: a server has settled when it uses
 * no more CPU time for this long. */
const SETTLED_AFTER_MS = 40;
const SETTLE_MAX_MS = 10_000;

/** A load, and the processes whose CPU time is its cost. */
export type Case = {
  load: Omit<Load, 'firstRequest' | 'requests'>;
  server: ServerProcess;
  /** Set where Redis's CPU time counts too. */
  redis?: RedisServer;
  /** Runs before each round. */
  prepare?: () => Promise<void>;
};

/** CPU time of one request in each round, in microseconds. */
export type Costs<Name extends string> = Record<Name, number[]>;

/** The number of requests of each case before the first round, while the code is still being
 * compiled; the number of rounds; and the number of requests in each. */
export type Plan = { warmUpRequests: number; rounds: number; requests: number };

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
  { load, server, redis, prepare }: Case,
  { loadProcess, ...numbers }: { requests: number; firstRequest: number; loadProcess: LoadProcess },
): Promise<number> {
  const used = async () => server.cpuSeconds() + (redis ? await redisCpuSeconds(redis) : 0);
  await prepare?.();
  await settle(server);
  const before = await used();
  await loadProcess.run({ ...load, ...numbers });
  await settle(server);
  return (((await used()) - before) / numbers.requests) * 1e6;
}

async function settle(server: ServerProcess): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MAX_MS;
  let seen = Number.NaN;
  while (server.cpuSeconds() !== seen && performance.now() < deadlineMs) {
    seen = server.cpuSeconds();
    await pause(SETTLED_AFTER_MS);
  }
}

async function redisCpuSeconds({ client }: RedisServer): Promise<number> {
  const used = (await client.info('cpu')).matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm);
  return [...used].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}
