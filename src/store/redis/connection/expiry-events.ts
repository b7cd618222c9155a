// The events of expired keys, from every master: a server sends only those of its own keys, so there
// is a subscriber next to each connection to a master, and to each new one.
//
// A server sends them only if its setting `notify-keyspace-events` says so, which is checked from time
// to time: a server that was restarted has its former setting. It is changed only where that was
// asked for.

import type { Redis } from 'ioredis';
import type { ExpiryEventsOptions } from './expiry-options.ts';
import { addressOf } from './node-address.ts';
import { followPassword, LASTING } from './node-options.ts';
import type { Topology } from './topology.ts';

/** The setting of a server by which it reports keys. */
export const NOTIFY_SETTING = 'notify-keyspace-events';

export type ExpiryEvents = {
  /** Finds new masters, and checks all of them if it is time. */
  look(): void;
};

/** Subscribes to the masters of a topology. A subscriber ends with the connection to its master. */
export function watchExpiry(
  topology: Pick<Topology, 'masters'>,
  options: ExpiryEventsOptions & {
    database: number;
    password?: (() => string) | undefined;
    topologyRefreshMs: number;
    nowMonotonicMs: () => number;
  },
): ExpiryEvents | undefined {
  const { expiryEvents, onKeyExpired, nowMonotonicMs, topologyRefreshMs } = options;
  if (expiryEvents === undefined || onKeyExpired === undefined) return undefined;
  const channel = `__keyevent@${options.database}__:expired`;
  const subscribers = new WeakMap<Redis, Redis>();
  const checkedAtMs = new WeakMap<Redis, number>();
  /** By the addresses of masters. */
  const problems = new Map<string, { setting?: string; subscription?: string }>();
  let reported = '';

  return {
    look() {
      const masters = topology.masters().filter(({ status }) => status === 'ready');
      for (const master of masters) {
        if (!subscribers.has(master)) subscribers.set(master, openSubscriber(master, onKeyExpired));
        const beforeMs = checkedAtMs.get(master) ?? Number.NEGATIVE_INFINITY;
        if (nowMonotonicMs() - beforeMs < topologyRefreshMs) continue;
        checkedAtMs.set(master, nowMonotonicMs());
        void check(master);
      }
      const addresses = new Set(masters.map(({ options: node }) => addressOf(node)));
      for (const address of problems.keys()) if (!addresses.has(address)) problems.delete(address);
      report();
    },
  };

  function openSubscriber(master: Redis, onExpired: (key: string) => void): Redis {
    const client = master.duplicate({
      ...LASTING,
      lazyConnect: true,
      readOnly: false,
      autoResubscribe: false,
      // Nothing may come for days. The connection to the master notices if that does not answer.
      socketTimeout: 0,
    });
    followPassword(client, options);
    // Why there is no connection is reported by the master's own.
    client.on('error', () => {});
    client.on('message', (_, key) => onExpired(key));
    client.on('ready', () => {
      // The server behind the connection may be another one.
      checkedAtMs.delete(master);
      client.subscribe(channel).then(
        () => found(master, { subscription: '' }),
        (error) => {
          const subscription = `the user may not subscribe: ${error.message}`;
          if (isRefusal(error)) found(master, { subscription });
        },
      );
    });
    master.on('close', () => client.disconnect(true));
    master.on('end', () => client.disconnect());
    client.connect().catch(() => {});
    return client;
  }

  async function check(master: Redis): Promise<void> {
    try {
      const [, flags = ''] = (await master.call('config', ['get', NOTIFY_SETTING])) as string[];
      if (isEnough(flags)) return found(master, { setting: '' });
      if (expiryEvents === 'on')
        return found(master, { setting: `${NOTIFY_SETTING} is "${flags}", and must have E and x` });
      await master.call('config', ['set', NOTIFY_SETTING, [...new Set(`${flags}Ex`)].join('')]);
      found(master, { setting: '' });
    } catch (error) {
      if (!isRefusal(error)) return;
      const action = expiryEvents === 'on' ? 'read' : 'read or changed';
      found(master, { setting: `${NOTIFY_SETTING} could not be ${action}: ${error.message}` });
    }
  }

  /** What is wrong with a master now; empty: nothing. */
  function found(master: Redis, part: { setting: string } | { subscription: string }): void {
    const address = addressOf(master.options);
    problems.set(address, { ...problems.get(address), ...part });
    report();
  }

  function report(): void {
    const lines = [...problems].flatMap(([address, { setting, subscription }]) =>
      [setting, subscription].flatMap((problem) => (problem ? [`${address}: ${problem}`] : [])),
    );
    const text = lines.sort().join('\n');
    if (text === reported) return;
    reported = text;
    options.onExpiryEventsChecked?.(lines);
  }
}

/** Whether a server with these flags sends events by name (E) of expired keys (x, or A for all). */
export function isEnough(flags: string): boolean {
  return flags.includes('E') && /[xA]/.test(flags);
}

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
