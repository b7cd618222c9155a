// One round: load, one or several faults in it, repair, and a check of everything that was written.

import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../../model/random.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { checkRound, type Findings } from '../check/check-round.ts';
import { longestGapMs } from '../check/gaps.ts';
import { type Pace, type Replacement, recoveryOf, slownessNow } from '../check/pace.ts';
import type { Fault, Target } from '../faults/fault.ts';
import type { Ledger } from '../load/ledger.ts';
import { startLoad } from '../load/start-load.ts';
import { untilReplayed } from '../world/start-sidecars.ts';
import { until } from '../world/until.ts';
import type { World, WorldKind } from '../world/world.ts';

/** Acknowledged updates before the first fault, and after everything is whole again. */
const UPDATES_BEFORE = 60;
const UPDATES_AFTER = 60;
/** Between two faults of one round, ms. */
const BETWEEN_MS = 400;

export type Round = {
  number: number;
  seed: number;
  faults: readonly Fault[];
};

export type RoundResult = {
  world: WorldKind;
  faults: readonly string[];
  seed: number;
  /** The sessions of which the store may have lost what it had acknowledged. */
  mayBeLost: readonly string[];
  /** Whether a master was replaced that no fault struck, since the machine was too busy. */
  isReplacedUnasked: boolean;
  /** Whether that may have been on the replicas. */
  losesReplicated: boolean;
  /** Whether the spool may not have kept what no replica confirmed. */
  fillsSpool: boolean;
  /** The sessions that the erase of their user may have missed. */
  mayBeMissed: readonly string[];
  /** What else these faults may cause. */
  excused: readonly (keyof Findings)[];
  failovers: number;
  findings: Findings;
  acknowledged: Record<string, number>;
  refused: number;
  unknown: number;
  dropped: number;
  /** Of the shard that was struck, and of all others together. */
  longestGapMs: number;
  healthyGapMs: number | undefined;
  pace: Pace;
  answers: Record<string, number>;
};

export type RoundOptions = {
  former: Target['former'];
  /** The durabilities that this configuration may report. */
  durabilities: readonly string[];
};

export async function runRound(
  world: World,
  { number, seed, faults }: Round,
  { former, durabilities }: RoundOptions,
): Promise<RoundResult> {
  const random = createRandom(seed);
  const load = startLoad(world, { name: `round-${number}-${seed}`, seed });
  const { ledger } = load;
  const before = await mastersOf(world);
  const failovers = faults.reduce((total, fault) => total + (fault.failovers ?? 0), 0);
  const strikesAll = faults.some((fault) => fault.strikesAll);
  const mayLose = faults.some((fault) => fault.mayLose(world.kind));
  let struckMs: number | undefined;
  const replacements: (Replacement & { place: number })[] = [];
  const observed = { ...world, shards: world.shards.map(observeReplacements) };
  const struck = random.below(Math.max(1, world.shards.length));
  const target: Target = {
    world: observed,
    shard: observed.shards[struck] as Target['shard'],
    sidecar: random.pick(world.sidecars),
    random,
    sessionIds: load.sessions.map(({ sessionId }) => sessionId),
    former,
  };
  try {
    await untilMore(ledger, UPDATES_BEFORE);
    const heals: (() => Promise<void>)[] = [];
    for (const fault of faults) {
      await pause(random.below(BETWEEN_MS));
      heals.push(await fault.strike(target));
      if (fault.failovers !== undefined) struckMs = performance.now();
    }
    await pause(Math.max(0, ...faults.map(({ lastsMs }) => lastsMs)));
    for (const heal of heals.reverse()) await heal();
    await world.untilWhole();
    await untilMore(ledger, UPDATES_AFTER);
  } finally {
    await load.stop();
  }
  await world.untilWhole();
  await untilReplayed(world.sidecars);
  const findings = await checkRound(world, load, durabilities);
  // On a busy machine a living master may be taken for dead.
  const isReplacedUnasked = (await mastersOf(world)).some(
    (master, place) =>
      master !== before[place] && !(failovers > 0 && (strikesAll || place === struck)),
  );
  const span = {
    fromMs: load.startedMs,
    untilMs: Math.max(...ledger.updates.map(({ acknowledged }) => acknowledged?.atMs ?? 0)),
  };
  const inShard = (place: number) =>
    ledger.updates.filter(({ sessionId }) => world.shardOf(sessionId) === place);
  const healthy = strikesAll
    ? []
    : world.shards.map((_, place) => place).filter((place) => place !== struck);
  const healthyGapMs =
    healthy.length === 0
      ? undefined
      : Math.max(...healthy.map((place) => longestGapMs(inShard(place), span)));
  const sparesHealthy = !isReplacedUnasked && !faults.some((fault) => fault.strikesSidecars);
  const pace: Pace = {
    recoveries: replacements.map((each) => recoveryOf(each, inShard(each.place))),
    detectedWithinMs: world.detectedWithinMs,
    healthyGapMs: sparesHealthy ? healthyGapMs : undefined,
    slowness: slownessNow(),
  };
  return {
    world: world.kind,
    faults: faults.map(({ name }) => name),
    seed,
    mayBeLost: load.sessions
      .filter(({ sessionId, kind }) => {
        // The index of the user may be in any shard.
        const isStruck =
          strikesAll || world.shardOf(sessionId) === struck || kind === 'erased with its user';
        return isReplacedUnasked || (mayLose && isStruck);
      })
      .map(({ sessionId }) => sessionId),
    mayBeMissed: load.sessions
      .filter(
        ({ kind }) => kind === 'erased with its user' && faults.some((fault) => fault.losesNotes),
      )
      .map(({ sessionId }) => sessionId),
    isReplacedUnasked,
    losesReplicated: faults.some((fault) => fault.losesReplicated),
    fillsSpool: faults.some((fault) => fault.fillsSpool),
    failovers,
    findings,
    excused: faults.flatMap(({ mayCause }) => mayCause?.(world.kind) ?? []),
    acknowledged: countsOf(
      ledger.updates.flatMap(({ acknowledged }) => acknowledged?.durability ?? []),
    ),
    refused: ledger.updates.filter(({ settledAs }) => settledAs === 'refused').length,
    unknown: ledger.updates.filter(({ settledAs }) => settledAs === 'unknown').length,
    dropped: ledger.updates.filter(({ settledAs }) => settledAs === 'dropped').length,
    longestGapMs: longestGapMs(inShard(struck), span),
    healthyGapMs,
    pace,
    answers: Object.fromEntries(
      [...ledger.answers].sort(([one], [other]) => one.localeCompare(other)),
    ),
  };

  /** The same shard, which notes when a master that was struck is replaced. */
  function observeReplacements(shard: Target['shard'], place: number): Target['shard'] {
    return {
      ...shard,
      async untilReplaced(master) {
        // Where a fault lasts, it is noticed only then that another master has taken over.
        const diedMs = struckMs ?? performance.now();
        await shard.untilReplaced(master);
        replacements.push({ place, diedMs, replacedMs: performance.now() });
      },
    };
  }
}

function mastersOf(world: World): Promise<RedisServer[]> {
  return Promise.all(world.shards.map((shard) => shard.master()));
}

async function untilMore(ledger: Ledger, updates: number): Promise<void> {
  const count = () =>
    ledger.updates.filter(({ acknowledged }) => acknowledged !== undefined).length;
  const enough = count() + updates;
  await until(`${updates} more updates`, () => count() >= enough || undefined);
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
