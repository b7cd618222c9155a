// How the masters are set up, where that endangers sessions. A server may be told to keep its memory free by
// evicting what has an expiry, which every session has; or to write nothing to disk as it goes. Neither can be
// seen from an answer to a command, until sessions are missing.
//
// INFO tells, also where CONFIG is forbidden. It is asked on the connection to each master soon after that was
// made, and from time to time; no request waits for it, and a server that does not tell is left in peace.

import type { Redis } from 'ioredis';
import { addressOf } from './node-address.ts';

/** Lets connections that are made together be looked at together. */
const LOOK_SOON_MS = 100;

export type ServerCheckEvents = {
  /** The masters were looked at. All that is wrong with them now, a line each, with the address in front,
   * in the order of the alphabet. */
  onServersChecked?: (warnings: readonly string[]) => void;
  /** A master does not tell how it is set up; it may be forbidden to. */
  onServerUnreadable?: (failure: { address: string; reason: string }) => void;
};

export type ServerCheck = {
  /** Looks at the masters once the connections of this moment are made. */
  lookSoon(): void;
  stop(): void;
};

/** Looks at the masters from time to time. A master that does not answer stays as it was seen last. */
export function watchServers(
  masters: () => Redis[],
  options: ServerCheckEvents & { topologyRefreshMs: number },
): ServerCheck {
  let seen: ReadonlyMap<string, readonly string[]> = new Map();
  const refresh = setInterval(look, options.topologyRefreshMs).unref();
  let soon: NodeJS.Timeout | undefined;

  return {
    lookSoon() {
      soon ??= setTimeout(look, LOOK_SOON_MS).unref();
    },
    stop() {
      clearInterval(refresh);
      clearTimeout(soon);
    },
  };

  async function look(): Promise<void> {
    soon = undefined;
    const looks = masters().map(
      async (master) => [addressOf(master.options), await warningsOf(master)] as const,
    );
    if (looks.length === 0) return;
    // Whoever is not a master any more is forgotten.
    seen = new Map(await Promise.all(looks));
    const lines = [...seen].flatMap(([address, warnings]) =>
      warnings.map((warning) => `${address}: ${warning}`),
    );
    options.onServersChecked?.(lines.sort());
  }

  async function warningsOf(master: Redis): Promise<readonly string[]> {
    const address = addressOf(master.options);
    const before = seen.get(address) ?? [];
    // Where there is no connection the command would be kept for the next one.
    if (master.status !== 'ready') return before;
    try {
      return setupWarnings(await master.info('memory', 'persistence'));
    } catch (error) {
      options.onServerUnreadable?.({ address, reason: (error as Error).message });
      return before;
    }
  }
}

/** What in the answer to INFO endangers sessions, a sentence each. */
export function setupWarnings(info: string): string[] {
  const fields = new Map([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, field, value]) => [field, value]));
  const policy = fields.get('maxmemory_policy');
  return [
    ...(policy !== undefined && /^(volatile|allkeys)-/.test(policy)
      ? [
          `maxmemory-policy is ${policy}: when maxmemory is reached, sessions are evicted before they end` +
            `${policy === 'volatile-ttl' ? ', those that end soonest first' : ''}; set it to noeviction`,
        ]
      : []),
    ...(fields.get('aof_enabled') === '0'
      ? [
          'appendonly is no: a restart loses what was acknowledged since the last snapshot, or all without one',
        ]
      : []),
  ];
}
