// One trial: a session on one shard, three sidecars near and far, callers who save, read, save
// under etags and erase, and failovers, most of which lose the end of the history.

import { createTimeline } from '../network/simulated-time.ts';
import type { Random } from '../random.ts';
import { createFindings } from './findings.ts';
import { visibleIds } from './modelled-session.ts';
import { createShard, type Master } from './modelled-shard.ts';
import { createModelledSidecar, type ModelledSidecar, type Seen } from './modelled-sidecar.ts';
import type { Finding, Rules } from './rules.ts';

/** One way, in milliseconds. */
const ONE_WAYS_MS = [0.3, 1, 15];
const FAILOVERS_MAX = 3;
const OPERATIONS = 50;
/** Between failovers; a session without a replica is kept for 25 s. */
const QUIET_MS = 40_000;
/** By then every sidecar has seen all replicas. */
const CONNECTED_MS = 500;
/** Within which a promoted master has everything again. */
const RESTORED_MS = 2000;
/** In which all sidecars find the new master. */
const FOUND_MS = 500;

type Trial = { random: Random; rules: Rules };

/** Runs a trial to its end; answers what was found broken. */
export async function runTrial({ random, rules }: Trial): Promise<{
  found: Partial<Record<Finding, number>>;
  acked: number;
}> {
  const timeline = createTimeline();
  const { nowMs } = timeline;
  const findings = createFindings(nowMs);
  const shard = createShard(random, nowMs);
  let endMs = Number.POSITIVE_INFINITY;
  const sidecars = ONE_WAYS_MS.map((oneWayMs) =>
    createModelledSidecar({
      ...{ timeline, random, rules, oneWayMs, onReported: findings.reported },
      hasEnded: () => nowMs() >= endMs,
    }),
  );
  const ackedBy = new Map<ModelledSidecar, Set<string>>();
  let lastSeen: Seen | undefined;
  let named = 0;
  let acked = 0;

  for (const sidecar of sidecars) sidecar.follow(shard.master(), { isFormerClosed: true });
  let atMs = 0;
  for (let left = 1 + random.below(FAILOVERS_MAX); left > 0; left--) {
    const isSoon = atMs > 0 && random.chance(0.5);
    atMs += isSoon ? 800 + random.below(4000) : random.pick([3000, QUIET_MS]);
    declareFailover(atMs);
  }
  endMs = atMs + QUIET_MS;
  timeline.at(endMs, () => {
    findings.ended(visibleIds(shard.master().session()));
  });
  await timeline.run();
  return { found: findings.found, acked };

  /** A failover, and what happens around it. */
  function declareFailover(aroundMs: number): void {
    const isPlanned = random.chance(0.5);
    if (random.chance(0.4))
      timeline.at(
        Math.max(CONNECTED_MS, aroundMs - random.pick([500, 5000, 30_000])),
        shard.cutReplica,
      );
    for (let operation = 0; operation < OPERATIONS; operation++) {
      const inMs = random.pick([-30_000, -3000, -800, -100, 0, 600]);
      timeline.at(Math.max(CONNECTED_MS, aroundMs + inMs + random.below(1200)), act);
    }
    timeline.at(aroundMs, () => (isPlanned ? replace() : die()));
  }

  /** A planned failover: the former master takes writes until its clients have left it. */
  function replace(): void {
    const former = promote();
    timeline.at(nowMs() + random.below(2 * FOUND_MS), () => {
      former.isAlive = false;
    });
  }

  function die(): void {
    const dead = shard.master();
    dead.isAlive = false;
    timeline.at(nowMs() + random.pick([200, 3000, 30_000]), () => {
      if (shard.master() === dead) promote();
    });
  }

  function promote(): Master {
    const former = shard.promote({ freshest: random.chance(0.6) });
    timeline.at(nowMs() + random.below(2000), shard.healReplicas);
    const promoted = shard.master();
    for (const sidecar of sidecars)
      timeline.at(nowMs() + random.below(FOUND_MS), () => {
        if (shard.master() === promoted)
          sidecar.follow(promoted, { isFormerClosed: random.chance(0.5) });
      });
    const before = findings.mustBeVisible();
    timeline.at(nowMs() + RESTORED_MS, () => {
      if (shard.master() !== promoted || !promoted.isAlive) return;
      const still = new Set(findings.mustBeVisible());
      const visible = visibleIds(promoted.session());
      if (before.some((id) => still.has(id) && !visible.has(id))) findings.count('late');
    });
    return former;
  }

  function act(): void {
    const sidecar = random.pick(sidecars);
    const kind = random.below(100);
    if (kind < 50) save(sidecar);
    else if (kind < 62) look(sidecar);
    else if (kind < 75) saveUnderEtag(sidecar);
    else if (kind < 90) sidecar.compact();
    else if (random.chance(0.5)) erase(sidecar);
    else save(sidecar);
  }

  function save(sidecar: ModelledSidecar): void {
    const id = `u${named++}`;
    findings.invoked(id);
    sidecar.update(id, () => {
      findings.acked(id);
      own(sidecar).add(id);
      acked += 1;
    });
  }

  function look(sidecar: ModelledSidecar): void {
    const mine = [...own(sidecar)];
    sidecar.read((seen) => {
      lastSeen = seen;
      const must = new Set(findings.mustBeVisible());
      if (mine.some((id) => must.has(id) && !seen.ids.has(id))) findings.count('unseen');
    });
  }

  function saveUnderEtag(sidecar: ModelledSidecar): void {
    const seen = lastSeen;
    if (seen === undefined) {
      look(sidecar);
      return;
    }
    const id = `c${named++}`;
    const invokedMs = nowMs();
    findings.invoked(id, { isConditional: true });
    sidecar.conditional(id, seen.etag, {
      onExecuted: (before, masterId) => findings.matched(seen, { before, masterId, invokedMs }),
      onAcked: () => findings.acked(id),
    });
  }

  function erase(sidecar: ModelledSidecar): void {
    const id = `e${named++}`;
    findings.eraseInvoked(id);
    sidecar.erase(id, {
      onAcked: () => findings.eraseAnswered(id, { isAcked: true }),
      onUnknown: () => findings.eraseAnswered(id, { isAcked: false }),
    });
  }

  function own(sidecar: ModelledSidecar): Set<string> {
    const ids = ackedBy.get(sidecar) ?? new Set();
    ackedBy.set(sidecar, ids);
    return ids;
  }
}
