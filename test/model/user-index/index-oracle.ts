// Whose each session is, and which is a user's newest, worked out the plain way.

import { NOTE_EVERY_MS } from '../../../src/store/due-note.ts';

type Save = { userId: string; eventMs: number };

export class IndexedSession {
  readonly sessionId: string;
  private saves: Save[] = [];
  expiresAtMs = 0;
  /** Why the index may not list it: its note has failed or was never sent, and the next save writes
   * it; or its entry was lost at that time. */
  private unlisted: 'failed' | { lostAtMs: number } | undefined;

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  stored(save: Save, { nowMs, expiresAtMs }: { nowMs: number; expiresAtMs: number }): void {
    const { unlisted } = this;
    const isFirst = this.saves.length === 0;
    const isLater = save.eventMs - this.eventMs >= NOTE_EVERY_MS;
    const isLate = typeof unlisted === 'object' && nowMs - unlisted.lostAtMs >= NOTE_EVERY_MS;
    if (isFirst || isLater || isLate || unlisted === 'failed') this.unlisted = undefined;
    this.saves.push(save);
    this.expiresAtMs = Math.max(this.expiresAtMs, expiresAtMs);
  }

  noteFailed(): void {
    this.unlisted ??= 'failed';
  }

  entryLost(nowMs: number): void {
    if (this.isLive) this.unlisted = { lostAtMs: nowMs };
  }

  ended(): void {
    this.saves = [];
    this.expiresAtMs = 0;
    this.unlisted = undefined;
  }

  get isLive(): boolean {
    return this.saves.length > 0;
  }

  get isListed(): boolean {
    return this.unlisted === undefined;
  }

  /** Time of its latest event. */
  get eventMs(): number {
    return Math.max(0, ...this.saves.map(({ eventMs }) => eventMs));
  }

  /** Whom the latest update names that names somebody. Of one instant the later save wins. */
  get userId(): string {
    const named = this.saves.filter(({ userId }) => userId !== '');
    return named.toSorted((a, b) => a.eventMs - b.eventMs).at(-1)?.userId ?? '';
  }
}

export class IndexOracle {
  readonly sessions: IndexedSession[];

  constructor(sessionIds: string[]) {
    this.sessions = sessionIds.map((sessionId) => new IndexedSession(sessionId));
  }

  expireAt(nowMs: number): void {
    for (const session of this.sessions)
      if (session.isLive && session.expiresAtMs <= nowMs) session.ended();
  }

  ofUser(userId: string): IndexedSession[] {
    return this.sessions.filter((session) => session.isLive && session.userId === userId);
  }

  /** What a restore by user may answer: the newest session that is listed, or one that may be, and
   * is newer. */
  newestOf(userId: string): (string | undefined)[] {
    const own = this.ofUser(userId).toSorted((a, b) => b.eventMs - a.eventMs);
    const newest = own.find(({ isListed }) => isListed);
    const atLeast = newest?.eventMs ?? 0;
    const others = own.filter((session) => session.eventMs >= atLeast && session !== newest);
    return [newest?.sessionId, ...others.map(({ sessionId }) => sessionId)];
  }
}
