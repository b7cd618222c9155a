// Runs random steps against a store through two sidecars and compares every answer with the
// oracle's.
//
// The sidecars' clocks differ by 100 ms. Steps: updates and removals with and without preconditions
// and locks, retries of any earlier update through either sidecar, other updates under their ids,
// updates that come late, answers that are lost, compactions (alone, with an append or an erase in
// between, beside a second one, with a lost answer), locks, erases of sessions and users, restores
// of earlier revisions, passing time, expiry, and failovers to a replica that missed the last
// writes; in a run of its own also frames that are damaged at rest.

import { compact } from './compaction-step.ts';
import { compare, travel } from './compare-step.ts';
import { damage } from './damage-step.ts';
import { erase, repeatErase } from './erase-steps.ts';
import { eraseUser } from './erase-user-step.ts';
import { EtagBook } from './etag-book.ts';
import { inspect } from './inspect-step.ts';
import { lock, renew, unlock } from './lock-steps.ts';
import { type Counts, ModelSession } from './model-session.ts';
import type { ModelWorld } from './model-world.ts';
import { lateUpdate, retry, reuse, update } from './persist-step.ts';
import type { Random } from './random.ts';
import { copy, endLock, endTombstone, expire, failover, passTime } from './time-steps.ts';
import { touch } from './touch-step.ts';

const STEPS_PER_SESSION = 250;

type Step = [weight: number, name: string, run: (session: ModelSession) => Promise<unknown>];

const LOST = { answerLost: true };

const STEPS: readonly Step[] = [
  [46, 'update', update],
  [12, 'retry', retry],
  [5, 'id used again', reuse],
  [6, 'update, answer lost', (session) => update(session, LOST)],
  [2, 'retry, answer lost', (session) => retry(session, LOST)],
  [4, 'late update', lateUpdate],
  [6, 'compaction', compact],
  [
    4,
    'compaction, append in between',
    (session) => compact(session, { between: () => update(session) }),
  ],
  [
    3,
    'compaction, second compactor',
    (session) => compact(session, { between: () => compact(session) }),
  ],
  [
    1,
    'compaction, erase in between',
    (session) => compact(session, { between: () => erase(session) }),
  ],
  [3, 'compaction, answer lost', (session) => compact(session, LOST)],
  [5, 'lock', lock],
  [1, 'lock, answer lost', (session) => lock(session, LOST)],
  [2, 'renewal', renew],
  [1, 'renewal, answer lost', (session) => renew(session, LOST)],
  [4, 'unlock', unlock],
  [1, 'unlock, answer lost', (session) => unlock(session, LOST)],
  [2, 'lock runs out', endLock],
  [2, 'erase', erase],
  [1, 'erase, answer lost', (session) => erase(session, LOST)],
  [1, 'erase, repeated', repeatErase],
  [1, 'user erased', eraseUser],
  [1, 'tombstone runs out', endTombstone],
  [2, 'inspection', inspect],
  [3, 'touch', touch],
  [4, 'time travel', travel],
  [6, 'replica copied', copy],
  [4, 'failover', failover],
  [4, 'time passes', passTime],
  [1, 'expiry', expire],
];

/** With frames that are damaged at rest. What such a session's users are is not known beforehand. */
const STEPS_WITH_DAMAGE: readonly Step[] = [
  ...STEPS.filter(([, name]) => name !== 'user erased'),
  [8, 'damage', damage],
];

type Run = { random: Random; steps: number; ttlMs: number; withDamage?: boolean };

/** Runs so many steps; answers how often each was taken, and how often it came to what. */
export async function runModel(
  world: ModelWorld,
  options: Run,
): Promise<{ taken: Counts; outcomes: Counts }> {
  const { random, ttlMs, withDamage = false } = options;
  const choice = withDamage ? STEPS_WITH_DAMAGE : STEPS;
  const book = new EtagBook();
  const outcomes: Counts = {};
  const taken: Counts = Object.fromEntries(choice.map(([, name]) => [name, 0]));
  for (let done = 0; done < options.steps; done += STEPS_PER_SESSION) {
    // Runs of one seed may share a store.
    const sessionId = `model-${withDamage ? 'damage-' : ''}${done}-${random.below(1e9)}`;
    const session = new ModelSession(world, { random, book, outcomes, sessionId, ttlMs });
    for (let step = 0; step < STEPS_PER_SESSION; step++) {
      const [, name, run] = someStep(random, choice);
      await saying(`step ${done + step} (${name})`, async () => {
        session.oracle.at(await world.nowMs());
        await run(session);
        await compare(session, 'the session afterwards');
      });
      taken[name] = (taken[name] ?? 0) + 1;
    }
  }
  return { taken, outcomes };
}

function someStep(random: Random, choice: readonly Step[]): Step {
  let left = random.below(choice.reduce((sum, [weight]) => sum + weight, 0));
  const step = choice.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return step as Step;
}

async function saying(where: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
