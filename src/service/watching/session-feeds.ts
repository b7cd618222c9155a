// The sessions that are watched in this process. However many watch a session, the store is asked
// once: whenever its key may have changed, and when its session or its lock is due to end. Only the
// latest view is kept, so a slow watcher holds nothing but what it has seen.

import type { KeyLook } from '../../store/key-follower.ts';
import type { SessionStore } from '../../store/session-store.ts';
import { createViews, type SessionView } from './session-view.ts';

/** After a read that failed. */
const RETRY_MS = 250;
/** A deadline is looked at a moment after it. */
const AFTER_DEADLINE_MS = 2;
const TIMER_MAX_MS = 2 ** 31 - 1;

/** How the store was asked: a look at a key, or a read of a whole session. */
export type WatchRead = KeyLook | 'session';

/** One session, for one watcher. */
export type Feed = {
  /** What was read last; undefined until the first read. */
  latest(): SessionView | undefined;
  /** Until when everything was seen, on the clock of `performance.now()`; -Infinity before the
   * first read. */
  seenUntilMs(): number;
  end(): void;
};

export type SessionFeeds = {
  /** Follows a session. `onView` is called when another view is there. */
  follow(sessionId: string, onView: () => void): Feed;
  /** Sessions that are followed. */
  count(): number;
};

type FeedParts = {
  store: Pick<SessionStore, 'watch' | 'inspect'>;
  nowMonotonicMs: () => number;
  onRead: (read: WatchRead) => void;
  /** A session could not be read; it is read again soon. */
  onFailed: (failed: { sessionId: string; cause: unknown }) => void;
};

export function createSessionFeeds(parts: FeedParts): SessionFeeds {
  const feeds = new Map<string, SharedFeed>();
  return {
    follow(sessionId, onView) {
      const feed = feeds.getOrInsertComputed(sessionId, () => new SharedFeed(sessionId, parts));
      feed.watchers.add(onView);
      return {
        latest: () => feed.view,
        seenUntilMs: () => feed.seenUntilMs,
        end() {
          feed.watchers.delete(onView);
          if (feed.watchers.size > 0 || feeds.get(sessionId) !== feed) return;
          feeds.delete(sessionId);
          feed.end();
        },
      };
    },
    count: () => feeds.size,
  };
}

/** One session, for all of its watchers. */
class SharedFeed {
  readonly watchers = new Set<() => void>();
  view: SessionView | undefined = undefined;
  seenUntilMs = Number.NEGATIVE_INFINITY;
  readonly #sessionId: string;
  readonly #parts: FeedParts;
  readonly #viewOf: ReturnType<typeof createViews>;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isReading = false;
  #isDue = false;
  #hasEnded = false;

  constructor(sessionId: string, parts: FeedParts) {
    this.#sessionId = sessionId;
    this.#parts = parts;
    this.#viewOf = createViews(sessionId);
    this.#stop = parts.store.watch(sessionId, {
      changed: () => void this.#read(),
      looked: (how) => this.#looked(how),
    });
    void this.#read();
  }

  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#stop();
  }

  #looked(how: KeyLook): void {
    const { onRead, nowMonotonicMs } = this.#parts;
    onRead(how);
    const isUpToDate = this.view !== undefined && !this.#isReading && !this.#isDue;
    if (how !== 'failed' && isUpToDate) this.seenUntilMs = nowMonotonicMs();
  }

  /** Reads the session, again if it may have changed meanwhile, and when it is due to end. */
  async #read(): Promise<void> {
    this.#isDue = true;
    if (this.#isReading || this.#hasEnded) return;
    this.#isReading = true;
    clearTimeout(this.#timer);
    let againMs = RETRY_MS;
    while (this.#isDue && !this.#hasEnded) againMs = await this.#readOnce();
    this.#isReading = false;
    if (this.#hasEnded || againMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.#read(), Math.min(againMs, TIMER_MAX_MS)).unref();
  }

  /** Answers after how long to read again, whatever happens until then. */
  async #readOnce(): Promise<number> {
    const { store, nowMonotonicMs, onRead, onFailed } = this.#parts;
    this.#isDue = false;
    const startedMs = nowMonotonicMs();
    try {
      const view = this.#viewOf(await store.inspect(this.#sessionId));
      onRead('session');
      this.view = view;
      this.seenUntilMs = startedMs;
      for (const watcher of this.watchers) watcher();
      return untilNextDeadlineMs(view);
    } catch (cause) {
      onRead('failed');
      onFailed({ sessionId: this.#sessionId, cause });
      return RETRY_MS;
    }
  }
}

/** How long until the session, or its lock, is due to end. */
function untilNextDeadlineMs({ nowMs, live, lockedUntilMs }: SessionView): number {
  const deadlines = [live?.expiresAtMs, lockedUntilMs].filter((deadline) => deadline !== undefined);
  return Math.max(0, Math.min(...deadlines) - nowMs) + AFTER_DEADLINE_MS;
}
