// Runs random steps against a store through two sidecars and compares every answer with the oracle's.
//
// The sidecars' clocks differ by 100 ms. Steps: updates and removals, retries of any earlier update through
// either sidecar, answers that are lost, compactions (alone, with an append in between, beside a second one,
// with a lost answer), passing time, expiry, and failovers to a replica that missed the last writes.

import { agree } from './agree.ts';
import type { ModelWorld } from './model-world.ts';
import { idOf, type ModelUpdate, Oracle, type Received, timestampOf } from './oracle.ts';
import type { Random } from './random.ts';
import { randomUpdate } from './random-update.ts';
import { createSidecar, type Sidecar } from './sidecar.ts';

const SKEWS_MS = [-50, 50];
const STEPS_PER_SESSION = 250;
const HOUR_MS = 3_600_000;

export async function runModel(world: ModelWorld, options: { random: Random; steps: number; ttlMs: number }) {
  const { random, steps } = options;
  const counts: Record<string, number> = {};
  for (let done = 0; done < steps; done += STEPS_PER_SESSION) {
    const session = new ModelSession(world, random, `model-${done}-${random.below(1e9)}`, options.ttlMs);
    for (let step = 0; step < STEPS_PER_SESSION; step++) {
      const name = await session.step();
      counts[name] = (counts[name] ?? 0) + 1;
      await session.compare(`step ${done + step} (${name})`);
    }
  }
  return counts;
}

class ModelSession {
  oracle = new Oracle();
  copies: { replica: unknown; oracle: Oracle }[] = [];
  sent: ModelUpdate[] = [];
  /** What happened before each etag that was ever answered. */
  histories = new Map<string, string>();
  sidecars: Sidecar[];
  /** What was stored since the latest compaction began to read. */
  storedSince: { update: ModelUpdate; received: Received }[] = [];
  lastMicros = SKEWS_MS.map(() => 0);
  readonly world: ModelWorld;
  readonly random: Random;
  readonly sessionId: string;
  readonly ttlMs: number;

  constructor(world: ModelWorld, random: Random, sessionId: string, ttlMs: number) {
    this.world = world;
    this.random = random;
    this.sessionId = sessionId;
    this.ttlMs = ttlMs;
    this.sidecars = SKEWS_MS.map(() => createSidecar(world, ttlMs));
  }

  async step(): Promise<string> {
    const steps: [number, string, () => Promise<void>][] = [
      [50, 'update', () => this.persist(this.newUpdate())],
      [
        14,
        'retry',
        () => this.persist(this.sent.length > 0 ? this.random.pick(this.sent) : this.newUpdate()),
      ],
      [6, 'update, answer lost', () => this.persist(this.newUpdate(), { answerLost: true })],
      [6, 'compaction', () => this.compact()],
      [4, 'compaction, append in between', () => this.compact(() => this.persist(this.newUpdate()))],
      [3, 'compaction, second compactor', () => this.compact(() => this.compact())],
      [3, 'compaction, answer lost', () => this.compact(undefined, { answerLost: true })],
      [6, 'replica copied', () => this.copy()],
      [4, 'failover', () => this.failover()],
      [4, 'time passes', () => this.passTime()],
      [1, 'expiry', () => this.expire()],
    ];
    let left = this.random.below(steps.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, run] of steps) {
      left -= weight;
      if (left >= 0) continue;
      this.oracle.at(await this.world.nowMs());
      await run();
      return name;
    }
    throw new Error('no step');
  }

  async compare(where: string): Promise<void> {
    const oracle = this.oracle.at(await this.world.nowMs());
    const query = { sessionId: this.sessionId, userId: '', receipt: this.receipt(0).receipt };
    const restored = await this.sidecar(0).service.restore(query);
    const found = restored && {
      variables: Object.fromEntries(restored.variables.map(({ key, json }) => [key, json])),
      context: Object.fromEntries(restored.context.map(({ key, json }) => [key, json])),
      userId: restored.userId,
      flowId: restored.flowId,
      timestamp: restored.timestamp,
      history: restored.history.map(({ timestamp, nodeId }) => `${timestamp} ${nodeId}`).sort(),
      lastUpdated: Number(restored.lastUpdated.seconds) * 1e6 + restored.lastUpdated.nanos / 1000,
      revision: restored.revision,
      outcome: restored.outcome,
    };
    const expected = oracle.exists()
      ? {
          variables: oracle.entries('variables'),
          context: oracle.entries('context'),
          userId: oracle.text('user'),
          flowId: oracle.text('flow'),
          timestamp: oracle.text('timestamp'),
          history: [...oracle.history].sort(),
          lastUpdated: oracle.lastReceivedMicros,
          revision: oracle.revision,
          outcome: 'intact',
        }
      : undefined;
    agree(where, found, expected);
    if (restored) this.noteEtag(where, restored.etag);
  }

  private async persist(update: ModelUpdate, { answerLost = false } = {}): Promise<void> {
    this.sent.push(update);
    const which = this.random.below(SKEWS_MS.length);
    const sidecar = this.sidecar(which);
    const { receipt, ageMs } = this.receipt(which, await this.world.nowMs());
    const { eventSecond: _second, eventMs: _ms, ...posted } = update;
    const id = idOf(update);
    const known = this.oracle.known(id);
    sidecar.loseAnswer = answerLost;
    const answer = await sidecar.service.persist({ ...posted, timestamp: timestampOf(update), receipt });
    if (known) {
      agree('a known update', answer.known && { revision: answer.revision, etag: answer.etag }, known);
    } else {
      // After a lost answer the second attempt finds its own first one.
      agree('a new update', answer.known, answerLost);
      const expiresAtMs = (await this.world.nowMs()) - ageMs + this.ttlMs;
      const received = { id, etag: answer.etag, micros: Number(receipt.wallMicros), expiresAtMs };
      this.oracle.store(update, received);
      this.storedSince.push({ update, received });
      agree('its revision', answer.revision, this.oracle.revision);
      this.noteEtag('its etag', answer.etag);
    }
    await this.settle(sidecar);
  }

  /** An append may have made its sidecar compact. */
  private async settle(sidecar: Sidecar): Promise<void> {
    const live = [...this.oracle.live.keys()];
    await sidecar.service.compactor.idle();
    if (sidecar.results.splice(0).includes('compacted')) this.oracle.folded(live, await this.world.nowMs());
  }

  private async compact(between?: () => Promise<void>, { answerLost = false } = {}): Promise<void> {
    const sidecar = createSidecar(this.world, this.ttlMs);
    sidecar.loseAnswer = answerLost;
    let unchanged = true;
    const before = this.oracle.copy();
    const live = [...before.live.keys()];
    this.storedSince = [];
    sidecar.beforeCompact = async () => {
      await between?.();
      unchanged = live.every((id) => this.oracle.live.has(id));
    };
    const result = await sidecar.service.compactor.compact(this.sessionId);
    agree('the compaction', result, live.length === 0 ? 'skipped' : unchanged ? 'compacted' : 'changed');
    if (result !== 'compacted') return;
    // An update that came in between meets what is left of the folded ones, as it would have come after them:
    // a removal that was forgotten does not hold against it.
    this.oracle = before;
    this.oracle.folded(live, await this.world.nowMs());
    for (const { update, received } of this.storedSince) this.oracle.store(update, received);
  }

  private async copy(): Promise<void> {
    this.copies.push({ replica: await this.world.copy(this.sessionId), oracle: this.oracle.copy() });
  }

  private async failover(): Promise<void> {
    const last = this.copies.pop();
    if (!last) return;
    // The copies of later replicas went with the master; older ones may still be promoted.
    await this.world.promote(this.sessionId, last.replica);
    this.oracle = last.oracle.copy();
  }

  private async passTime(): Promise<void> {
    this.world.advance?.(this.random.chance(0.1) ? this.random.below(30) * HOUR_MS : this.random.below(5000));
  }

  private async expire(): Promise<void> {
    if (this.world.advance) this.world.advance(this.ttlMs);
    else await this.world.expire?.(this.sessionId);
    this.oracle = new Oracle();
    // A copy older than the expiry would bring the session back to life, as a real failover would.
    if (!this.world.advance) this.copies = [];
  }

  /** Equal etags must mean equal histories: the same updates, received at the same times. */
  private noteEtag(where: string, etag: string): void {
    const history = this.oracle.log.join(' ');
    const known = this.histories.get(etag) ?? history;
    this.histories.set(etag, known);
    agree(`${where}: the history behind etag ${etag}`, history, known);
  }

  private sidecar(which: number): Sidecar {
    return this.sidecars[which] as Sidecar;
  }

  private receipt(which: number, nowMs = 0) {
    const ageMs = this.random.below(400);
    const micros = Math.max((nowMs + (SKEWS_MS[which] ?? 0)) * 1000, (this.lastMicros[which] ?? 0) + 1);
    if (nowMs > 0) this.lastMicros[which] = micros;
    return {
      ageMs,
      receipt: { wallMicros: BigInt(micros), monotonicMs: this.world.nowMonotonicMs() - ageMs },
    };
  }

  private newUpdate(): ModelUpdate {
    const { random, sessionId, sent } = this;
    const nowSecond = Math.floor((this.lastMicros[0] || 1.7e15) / 1e6);
    return randomUpdate(random, { sessionId, place: sent.length, nowSecond });
  }
}
