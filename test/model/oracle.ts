// What must be found under a session's key, worked out the plain way: its life, its lock, its
// tombstone. The state itself is worked out in merged-state.ts.

import type { EtagBook, History } from './etag-book.ts';
import { MergedState, type StoredUpdate } from './merged-state.ts';
import { contentOf, type ModelUpdate } from './model-update.ts';
import { OracleLock } from './oracle-lock.ts';

const RECENT = 64;

export type Position = { revision: number; etag: string };

/** An update that was stored and not folded yet. */
export type LiveUpdate = StoredUpdate & { position: Position };

/** What an erase removed. */
export type Removed = { found: boolean; frames: number; quarantined: number; locked: boolean };

/** What an erase left. */
export type OracleTombstone = {
  /** When the latest of the erases ran. */
  momentMs: number;
  /** When it was answered, by the same clock. */
  answeredAtMs: number;
  deadlineMs: number;
  erasedIds: ReadonlySet<string>;
  /** The last erase, and what it removed. */
  eraseId: string;
  removed: Removed;
};

/** An update on its way, and what it demands. */
export type Attempt = {
  id: string;
  update: ModelUpdate;
  momentMs: number;
  lockToken: string;
  ifMatch: string;
  /** Of the sidecar that it is sent to. */
  writeFormat: number;
};

/** What must become of an update. */
export type Judgement =
  | 'known'
  | 'id_reused'
  | 'forbidden'
  | 'dropped'
  | 'locked'
  | 'lock_lost'
  | 'conflict'
  | 'stored';

/** An update is from before an erase if it was received more than this earlier: clocks tell whole
 * milliseconds. */
const CLOCK_GRAIN_MS = 1;

export class Oracle {
  revision = 0;
  etag = '';
  history: History = 0;
  expiresAtMs = 0;
  /** What was folded, and up to which revision; 0 if nothing was. */
  folded = new MergedState();
  foldedRevision = 0;
  live = new Map<string, LiveUpdate>();
  recent: [string, Position][] = [];
  /** Frames that were damaged and stand where they stood, by their names. */
  damaged = new Map<string, Position>();
  /** Frames in quarantine, and until when, unix ms. */
  quarantine: { name: string; untilMs: number }[] = [];
  /** Whether no update is missing between what was folded and the last; a compaction repairs that. */
  isWhole = true;
  /** What still lies under the key of a session whose time has passed. */
  leftBehind: { frames: number; ids: string[] } = { frames: 0, ids: [] };
  lock = new OracleLock();
  tombstone: OracleTombstone | undefined;

  /** Forgets what has run out. */
  at(nowMs: number): this {
    if (this.tombstone && this.tombstone.deadlineMs <= nowMs) this.tombstone = undefined;
    this.quarantine = this.quarantine.filter(({ untilMs }) => untilMs > nowMs);
    if (this.exists() && this.expiresAtMs <= nowMs) this.end();
    return this;
  }

  /** The session's time is over; what is not part of it stays. */
  end(): void {
    if (!this.exists()) return;
    const { lock, tombstone, quarantine } = this;
    const leftBehind = { frames: this.frames(), ids: this.knownIds() };
    Object.assign(this, new Oracle(), { lock, tombstone, quarantine, leftBehind });
  }

  exists(): boolean {
    return this.revision > 0;
  }

  state(): MergedState {
    return this.folded.with([...this.live.values()]);
  }

  /** The state right after a revision, which must not have been folded. */
  stateAt(revision: number): MergedState {
    return this.folded.with(
      [...this.live.values()].filter(({ position }) => position.revision <= revision),
    );
  }

  /** The etag after a revision, where the update that made it can still be read. */
  etagAt(revision: number): string | undefined {
    return [...this.live.values()].find(({ position }) => position.revision === revision)?.position
      .etag;
  }

  /** The earliest revision that can be told apart. */
  oldestRevision(): number {
    const live = [...this.live.values()].map(({ position }) => position.revision);
    return this.foldedRevision || Math.min(this.revision, ...live);
  }

  /** Where an update is already, if it is known. */
  known(id: string): Position | undefined {
    return this.live.get(id)?.position ?? this.damaged.get(id) ?? new Map(this.recent).get(id);
  }

  judge(attempt: Attempt, nowMs: number): Judgement {
    const { id, update, momentMs, lockToken, ifMatch, writeFormat } = attempt;
    if (this.isReused(id, update)) return 'id_reused';
    if (this.known(id)) return 'known';
    if (update.replace.length > 0 && writeFormat < 2) return 'forbidden';
    if (this.isErased(id, momentMs)) return 'dropped';
    if (lockToken !== '' && !this.lock.holds(lockToken, nowMs)) return 'lock_lost';
    if (lockToken === '' && this.lock.isHeld(nowMs)) return 'locked';
    return this.matches(ifMatch) ? 'stored' : 'conflict';
  }

  /** Whether a precondition holds. */
  matches(ifMatch: string): boolean {
    if (ifMatch === '') return true;
    return this.exists() ? ifMatch === this.etag : ifMatch === 'none';
  }

  store(
    stored: StoredUpdate,
    answered: { etag: string; expiresAtMs: number; isExact: boolean; book: EtagBook },
  ): void {
    const { etag, expiresAtMs, isExact, book } = answered;
    if (!this.exists()) this.leftBehind = { frames: 0, ids: [] };
    const before = this.exists() ? this.history : book.begin();
    this.history = book.after(before, stored);
    this.revision += 1;
    this.etag = etag;
    this.expiresAtMs = isExact ? expiresAtMs : Math.max(this.expiresAtMs, expiresAtMs);
    this.live.set(stored.id, { ...stored, position: { revision: this.revision, etag } });
  }

  /** These updates are folded, by a compaction that read them, and that revision, at that time. */
  fold(
    ids: Iterable<string>,
    { readAtMs, revision }: { readAtMs: number; revision: number },
  ): void {
    const gone = [...ids].map((id) => this.live.get(id) as LiveUpdate);
    for (const { id } of gone) this.live.delete(id);
    this.folded = this.folded.with(gone).withoutOldRemovals(readAtMs);
    Object.assign(this, { foldedRevision: revision, isWhole: true });
    const inOrder = gone.sort((a, b) => a.position.revision - b.position.revision);
    const remembered = inOrder.map(({ id, position }) => [id, position] as [string, Position]);
    this.recent = [...this.recent, ...remembered].slice(-RECENT);
  }

  /** An update that was dropped stays so. */
  rememberDropped(id: string): void {
    const { tombstone } = this;
    if (tombstone)
      this.tombstone = { ...tombstone, erasedIds: new Set([...tombstone.erasedIds, id]) };
  }

  /** What an erase would remove now. */
  removable(nowMs: number): Removed {
    const frames = this.exists() ? this.frames() : this.leftBehind.frames;
    const quarantined = this.quarantine.length;
    return { found: this.exists(), frames, quarantined, locked: this.lock.isHeld(nowMs) };
  }

  erase(erase: Omit<OracleTombstone, 'erasedIds'>): void {
    const { tombstone } = this;
    const ids = this.exists() ? this.knownIds() : this.leftBehind.ids;
    const quarantined = this.quarantine.map(({ name }) => name);
    const erasedIds = new Set([...(tombstone?.erasedIds ?? []), ...ids, ...quarantined]);
    const momentMs = Math.max(erase.momentMs, tombstone?.momentMs ?? 0);
    const deadlineMs = Math.max(erase.deadlineMs, tombstone?.deadlineMs ?? 0);
    Object.assign(this, new Oracle(), { tombstone: { ...erase, momentMs, deadlineMs, erasedIds } });
  }

  /** A frame is damaged: that of an update, by its id, or the snapshot. */
  damage(name: string): void {
    const update = this.live.get(name);
    this.damaged.set(name, update?.position ?? { revision: this.foldedRevision, etag: '' });
    this.live.delete(name);
    if (!update) Object.assign(this, { folded: new MergedState(), foldedRevision: 0 });
  }

  /** What was damaged is moved into quarantine, in the place of what is there by that name;
   * answers how many frames that are. */
  quarantineDamaged(untilMs: number): number {
    const names = [...this.damaged.keys()];
    const others = this.quarantine.filter(({ name }) => !this.damaged.has(name));
    this.quarantine = [...others, ...names.map((name) => ({ name, untilMs }))];
    this.damaged = new Map();
    if (names.length > 0) this.isWhole = false;
    return names.length;
  }

  /** How much of what was stored can be read. */
  outcome(): 'intact' | 'recovered' | 'fallback' {
    if (this.frames() === this.damaged.size) return 'fallback';
    const isRecovered = this.damaged.size + this.quarantine.length > 0 || !this.isWhole;
    return isRecovered ? 'recovered' : 'intact';
  }

  /** What a compaction comes to that starts now, where nothing comes in between. */
  compaction(): 'compacted' | 'skipped' {
    return this.live.size > 0 || (this.foldedRevision > 0 && !this.isWhole)
      ? 'compacted'
      : 'skipped';
  }

  /** Whether a restore starts a compaction: an update is missing, and not all are. */
  isCompactedWhenRead(): boolean {
    return this.exists() && !this.isWhole && this.damaged.size === 0 && this.frames() > 0;
  }

  /** Whether the session is a user's whose index names it, as far as it can be read. */
  mayBeOf(userId: string): boolean {
    const named = this.state().text('user');
    return this.exists() && (named === userId || (named === '' && this.outcome() !== 'intact'));
  }

  copy(): Oracle {
    const { live, lock, damaged } = this;
    const parts = { live: new Map(live), lock: lock.copy(), damaged: new Map(damaged) };
    return Object.assign(new Oracle(), this, parts);
  }

  /** Whether the id is that of an update which says something else, as long as that can be read
   * by itself. */
  private isReused(id: string, update: ModelUpdate): boolean {
    const live = this.live.get(id);
    return live !== undefined && contentOf(live.update) !== contentOf(update);
  }

  private isErased(id: string, momentMs: number): boolean {
    if (!this.tombstone) return false;
    return momentMs < this.tombstone.momentMs - CLOCK_GRAIN_MS || this.tombstone.erasedIds.has(id);
  }

  private frames(): number {
    return this.live.size + this.damaged.size + (this.foldedRevision > 0 ? 1 : 0);
  }

  private knownIds(): string[] {
    return [...this.live.keys(), ...this.damaged.keys(), ...this.recent.map(([id]) => id)];
  }
}
