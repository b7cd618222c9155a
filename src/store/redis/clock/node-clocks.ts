// The clocks of the servers that are connected to, one for each connection: behind an address there
// may be another server the next time.

import type { Redis } from 'ioredis';
import { createServerClock, type ServerClock } from './server-clock.ts';

export type NodeClocks = {
  /** The clock behind the connection that a client has now, once it has been asked for. Rejects
   * if it was not told. */
  of(client: Redis): Promise<ServerClock>;
  /** The same, if it has been told. */
  known(client: Redis): ServerClock | undefined;
  /** Asks again where that is due. */
  refresh(clients: readonly Redis[]): void;
};

type Entry = {
  stream: Redis['stream'];
  clock: ServerClock;
  first: Promise<ServerClock>;
  isKnown: boolean;
};

export function createNodeClocks(nowMonotonicMs: () => number): NodeClocks {
  const entries = new WeakMap<Redis, Entry>();

  return {
    of: (client) => entryOf(client).first,
    known(client) {
      const entry = entries.get(client);
      return entry?.isKnown && entry.stream === client.stream ? entry.clock : undefined;
    },
    refresh(clients) {
      for (const client of clients) {
        if (client.status !== 'ready') continue;
        const { clock, first } = entryOf(client);
        // What keeps a server from telling its time shows in the calls that need it.
        const askAgain = () =>
          clock.isSampleDue(nowMonotonicMs()) ? sample(client, clock) : clock;
        first.then(askAgain).catch(() => {});
      }
    },
  };

  function entryOf(client: Redis): Entry {
    const found = entries.get(client);
    if (found !== undefined && found.stream === client.stream) return found;
    const clock = createServerClock();
    const first = sample(client, clock);
    const entry = { stream: client.stream, clock, first, isKnown: false };
    entries.set(client, entry);
    const known = () => {
      entry.isKnown = true;
    };
    first.then(known, () => {
      if (entries.get(client) === entry) entries.delete(client);
    });
    return entry;
  }

  async function sample(client: Redis, clock: ServerClock): Promise<ServerClock> {
    const sentMs = nowMonotonicMs();
    const [seconds, micros] = (await client.call('time')) as [string, string];
    const serverMs = Number(seconds) * 1000 + Number(micros) / 1000;
    clock.learn({ sentMs, arrivedMs: nowMonotonicMs(), serverMs });
    return clock;
  }
}
