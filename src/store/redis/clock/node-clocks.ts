// The clocks of the connected servers, one for each connection: the next connection to an address
// may reach another server.

import type { Redis } from 'ioredis';
import type { ClockInterval } from './clock-interval.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';

export type NodeClocks = {
  /** The clock of the server that a client is connected to now, once its time has been read. Rejects
   * if it cannot be read. */
  of(client: Redis): Promise<ServerClock>;
  /** The same, if its time has been read already. */
  known(client: Redis): ServerClock | undefined;
  /** What was known last of the clock of the server at a client's address, also while the connection
   * is lost. */
  last(client: Redis | undefined): ClockInterval | undefined;
  /** Reads the time again from the servers where that is due. */
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
    last: (client) => client && entries.get(client)?.clock.interval(),
    refresh(clients) {
      for (const client of clients) {
        if (client.status !== 'ready') continue;
        const { clock, first } = entryOf(client);
        // A server whose time cannot be read fails the calls that need it, with the reason.
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
