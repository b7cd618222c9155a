// Watch: what happens to a session, or to the sessions of a user, as a stream of events. The
// mechanism is in watching/: a feed for each session shows the latest view of it, and this compares
// that with what its watcher has been given. Nothing is queued: a watcher that is slow finds, when
// it takes the next event, all that has happened since the last one, or a reset in its place.

import { invalid, Refusal } from '../session/errors.ts';
import { checkResolvedId } from '../session/identifier.ts';
import { maySee } from './access/rights.ts';
import type { ServiceParts } from './parts.ts';
import type { SessionService, WatchCommand, WatchedEvent } from './session-service.ts';
import { changesSince, type Seen, type SessionEvent } from './watching/changes.ts';
import { createSessionFeeds, type Feed, type SessionFeeds } from './watching/session-feeds.ts';
import type { SessionView } from './watching/session-view.ts';
import { followUserSessions } from './watching/user-sessions.ts';
import { createWake, type Wake } from './watching/wake.ts';

export function createWatch({
  store,
  settings,
  patience,
  observer,
}: ServiceParts): SessionService['watch'] {
  const { nowMonotonicMs } = patience;
  const feeds = createSessionFeeds({
    ...{ store: store.once, nowMonotonicMs },
    ...{ onRead: observer.watchRead, onFailed: observer.watchFailed },
  });
  let calls = 0;

  return function watch(command) {
    const { sessionId, userId } = command;
    checkResolvedId(sessionId, { pointer: '/sessionId' });
    checkResolvedId(userId, { pointer: '/userId' });
    checkPositions(command);
    return events(command);
  };

  async function* events(command: WatchCommand): AsyncGenerator<WatchedEvent> {
    if (calls >= settings.watchLimit) throw tooMany(settings.watchLimit);
    const watching = new Watching(command, feeds);
    calls += 1;
    const users = command.userId !== '' && followUser(watching, command);
    report();
    const { signal, heartbeatMs } = command;
    signal.addEventListener('abort', watching.wake);
    try {
      let sentMs = nowMonotonicMs();
      while (!signal.aborted) {
        for (const event of watching.take()) {
          if (signal.aborted) return;
          observer.watchEvent(event.kind);
          yield event;
          sentMs = nowMonotonicMs();
        }
        const idleMs = nowMonotonicMs() - sentMs;
        if (idleMs >= heartbeatMs) {
          const seenMs = Math.min(watching.seenUntilMs(), users ? users.seenUntilMs() : Infinity);
          observer.watchEvent('heartbeat');
          yield { kind: 'heartbeat', sessionId: '', behindMs: nowMonotonicMs() - seenMs };
          sentMs = nowMonotonicMs();
        } else await watching.wait(heartbeatMs - idleMs);
      }
    } finally {
      calls -= 1;
      if (users) users.end();
      watching.end();
      signal.removeEventListener('abort', watching.wake);
      report();
    }
  }

  function followUser(watching: Watching, { userId, receipt }: WatchCommand) {
    return followUserSessions(store.once, userId, {
      nowMonotonicMs,
      onListed(sessionIds) {
        watching.list(sessionIds.filter((sessionId) => maySee(receipt.caller, sessionId)));
        report();
      },
      onFailed: (cause) => observer.watchFailed({ userId, cause }),
    });
  }

  function report(): void {
    observer.watchesChanged({ calls, sessions: feeds.count() });
  }
}

/** A session of one call. */
type Watched = { feed: Feed; seen: Seen };

/** What one call watches, and what its caller has been given. */
class Watching {
  readonly wake: Wake['wake'];
  readonly wait: Wake['wait'];
  readonly #command: WatchCommand;
  readonly #feeds: SessionFeeds;
  readonly #sessions = new Map<string, Watched>();
  readonly #changed = new Set<string>();
  #isListed = false;

  constructor(command: WatchCommand, feeds: SessionFeeds) {
    ({ wake: this.wake, wait: this.wait } = createWake());
    this.#command = command;
    this.#feeds = feeds;
    for (const { sessionId, revision, etag } of command.resumeFrom)
      this.#add(sessionId || command.sessionId, { from: 'position', revision, etag });
    if (command.sessionId !== '') this.#add(command.sessionId, { from: 'start' });
  }

  /** The sessions of the user, as the index has them now. */
  list(sessionIds: readonly string[]): void {
    // What appears later has just begun, or has just become one of the user's.
    const from = this.#isListed ? 'nothing' : 'start';
    this.#isListed = true;
    for (const sessionId of sessionIds) this.#add(sessionId, { from });
    for (const [sessionId, { feed }] of this.#sessions) {
      const view = feed.latest();
      if (sessionIds.includes(sessionId) || view === undefined || this.#isOwn(view)) continue;
      if (this.#changed.has(sessionId)) continue;
      this.#sessions.delete(sessionId);
      feed.end();
    }
  }

  /** What has happened since the last call, or since an earlier one that was not read to its end. */
  *take(): Generator<WatchedEvent> {
    for (const sessionId of this.#changed) {
      this.#changed.delete(sessionId);
      const watched = this.#sessions.get(sessionId);
      const view = watched?.feed.latest();
      if (watched === undefined || view === undefined) continue;
      const { seen } = watched;
      watched.seen = { from: 'view', view };
      for (const event of this.#shown(seen, view)) yield { ...event, sessionId };
    }
  }

  seenUntilMs(): number {
    return Math.min(...[...this.#sessions.values()].map(({ feed }) => feed.seenUntilMs()));
  }

  end(): void {
    for (const { feed } of this.#sessions.values()) feed.end();
    this.#sessions.clear();
  }

  #add(sessionId: string, seen: Seen): void {
    if (this.#sessions.has(sessionId)) return;
    const feed = this.#feeds.follow(sessionId, () => {
      this.#changed.add(sessionId);
      this.wake();
    });
    this.#sessions.set(sessionId, { feed, seen });
    // Somebody else watches it already, so that it may not be read again for long.
    if (feed.latest() === undefined) return;
    this.#changed.add(sessionId);
    this.wake();
  }

  /** The events that are the caller's to see: the index may name sessions that belong to another
   * user now, or ended long ago. */
  #shown(seen: Seen, view: SessionView): SessionEvent[] {
    if (this.#command.userId === '') return changesSince(seen, view);
    const wasOwn = seen.from === 'view' ? this.#isOwn(seen.view) : seen.from === 'position';
    if (view.live === undefined) return wasOwn ? changesSince(seen, view) : [];
    if (!this.#isOwn(view)) return [];
    if (wasOwn || seen.from !== 'view') return changesSince(seen, view);
    return changesSince({ from: seen.view.live ? 'start' : 'nothing' }, view);
  }

  /** Whether a session belongs to the user; undecided where damage has taken its user away. */
  #isOwn({ live }: SessionView): boolean {
    const { userId } = this.#command;
    if (!live || userId === '') return live !== undefined;
    return live.userId === userId || (live.userId === '' && !live.isReadable);
  }
}

/** Refuses (`invalid`) a position whose session is not watched, or not named. */
function checkPositions({ sessionId, userId, resumeFrom }: WatchCommand): void {
  for (const [place, position] of resumeFrom.entries()) {
    const pointer = `/resumeFrom/${place}/sessionId`;
    if (userId !== '') checkResolvedId(position.sessionId, { pointer, required: true });
    else if (position.sessionId !== '' && position.sessionId !== sessionId)
      throw invalid(
        pointer,
        `${pointer.slice(1)} is not the session that is watched: leave it out`,
      );
  }
}

function tooMany(limit: number): Refusal {
  return new Refusal(
    'too_many_watches',
    `${limit} Watch calls are open in this process (WATCH_LIMIT): ` +
      'close one, or call another process',
  );
}
