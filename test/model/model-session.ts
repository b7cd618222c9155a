// One session of the model: the store and the sidecars that hurt it, the oracle that knows what
// must be there, and what the steps need to remember of one another.

import type { Receipt } from '../../src/service/session-service.ts';
import type { EtagBook } from './etag-book.ts';
import type { StoredUpdate } from './merged-state.ts';
import type { ModelUpdate } from './model-update.ts';
import type { ModelWorld } from './model-world.ts';
import { Oracle } from './oracle.ts';
import type { Random } from './random.ts';
import { randomUpdate } from './random-update.ts';
import { createSidecar, type Sidecar } from './sidecar.ts';

/** How far the clocks of the two sidecars are off. */
const SKEWS_MS = [-50, 50];

/** What they write. */
const WRITE_FORMATS = [1, 2] as const;

/** An erase as it was asked for. */
export type ModelErase = { updateId: string; ifMatch: string };

/** A request through one of the sidecars: when it was received, by the store's clock and by the
 * sidecar's own. */
export type ModelRequest = { sidecar: Sidecar; receipt: Receipt; momentMs: number; micros: number };

/** How often something happened, by its name. */
export type Counts = Record<string, number>;

export class ModelSession {
  oracle = new Oracle();
  /** What replicas have, oldest first. */
  copies: { replica: unknown; oracle: Oracle }[] = [];
  sent: ModelUpdate[] = [];
  /** The first update of each of its lives. */
  begun: StoredUpdate[] = [];
  erases: ModelErase[] = [];
  /** Every token that was ever answered, oldest first. */
  tokens: string[] = [];
  /** Every etag that was ever answered, oldest first. */
  etags: string[] = [];
  /** Requests received before this are not made any more, unix ms. */
  notBeforeMs = 0;
  sidecars: Sidecar[] = [];
  /** A failover may have brought back a session that its users' indexes do not name any more. */
  isIndexUncertain = false;
  readonly world: ModelWorld;
  readonly random: Random;
  readonly book: EtagBook;
  private readonly outcomes: Counts;
  readonly sessionId: string;
  readonly ttlMs: number;
  private readonly lastMicros = SKEWS_MS.map(() => 0);

  constructor(
    world: ModelWorld,
    options: { random: Random; book: EtagBook; outcomes: Counts; sessionId: string; ttlMs: number },
  ) {
    this.world = world;
    this.random = options.random;
    this.book = options.book;
    this.outcomes = options.outcomes;
    this.sessionId = options.sessionId;
    this.ttlMs = options.ttlMs;
    this.restart();
  }

  /** Both sidecars start anew, and remember nothing. They write different formats. */
  restart(): void {
    this.sidecars = WRITE_FORMATS.map((format) => createSidecar(this.world, this.ttlMs, format));
  }

  /** A request received a moment ago, now and then seconds ago, or exactly so long ago; and by
   * what the sidecar's own clock says. */
  async request(
    given: { ageMs?: number; micros?: number | undefined } = {},
  ): Promise<ModelRequest> {
    const which = this.random.below(SKEWS_MS.length);
    const nowMs = await this.world.nowMs();
    const ageMs = given.ageMs ?? this.someAgeMs(nowMs);
    const micros = given.micros ?? this.nextMicros(which, nowMs);
    const receipt = {
      wallMicros: BigInt(micros),
      monotonicMs: this.world.nowMonotonicMs() - ageMs,
    };
    return { sidecar: this.sidecars[which] as Sidecar, receipt, momentMs: nowMs - ageMs, micros };
  }

  /** Counts an outcome, so that a run can be seen to have met all of them. */
  count(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  newUpdate(): ModelUpdate {
    const { random, sessionId, sent, ttlMs } = this;
    const nowSecond = Math.floor((this.lastMicros[0] || 1.7e15) / 1e6);
    return randomUpdate(random, { sessionId, place: sent.length, nowSecond, ttlMs });
  }

  /** Notes an etag that was answered for what the session holds now. */
  noteEtag(where: string, etag: string): void {
    this.book.note(where, etag, this.oracle.history);
    if (etag !== this.etags.at(-1)) this.etags.push(etag);
  }

  private nextMicros(which: number, nowMs: number): number {
    const micros = Math.max(
      (nowMs + (SKEWS_MS[which] ?? 0)) * 1000,
      (this.lastMicros[which] ?? 0) + 1,
    );
    this.lastMicros[which] = micros;
    return micros;
  }

  private someAgeMs(nowMs: number): number {
    const { random } = this;
    const ageMs =
      random.pick([0, random.below(4), random.below(400), random.below(400)]) +
      (random.chance(0.1) ? 2500 + random.below(6000) : 0);
    return this.isUncertain(nowMs - ageMs) ? 0 : ageMs;
  }

  /** Whether nobody can say if a request received then came before an erase. */
  private isUncertain(momentMs: number): boolean {
    if (momentMs < this.notBeforeMs) return true;
    const { tombstone } = this.oracle;
    if (!tombstone || momentMs >= tombstone.answeredAtMs) return false;
    return Math.abs(momentMs - tombstone.momentMs) < this.world.receiptGrainMs;
  }
}
