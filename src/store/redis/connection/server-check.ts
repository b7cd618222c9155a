// How the masters are set up, where that endangers sessions. A server may be told to keep its
// memory free by evicting what has an expiry, which every session has; or to write nothing to disk
// as it goes. Neither can be seen from an answer to a command, until sessions are missing.
//
// How full they are is read on that occasion: with `noeviction` a full one refuses every write. And
// how far their clocks are apart: a session that moves from one to another is judged by the
// other's.
//
// INFO tells, also where CONFIG is forbidden. It is asked on the connection to each master soon
// after that was made, and from time to time; no request waits for it, and a server that does not
// tell is left in peace. While a server loads its data it says of its append-only file that it is
// off, so it is asked again until it has.
//
// On the same occasion something is written to each master: a server whose disk is full, or which
// refuses writes to this client alone, is found before a session needs it, also where the other
// masters keep the store ready.

import type { Redis } from 'ioredis';
import type { StoreSetup, StoreWarningKind } from '../../store-setup.ts';
import { type ClockInterval, intervalAt } from '../clock/clock-interval.ts';
import { clockSkew, type KnownClock, widestMs } from '../clock/clock-skew.ts';
import { addressOf } from './node-address.ts';

/** Clocks that NTP keeps are apart by far less. */
const SKEW_MAX_MS = 1000;
/** For so long the clock of a former master is remembered. */
const FORMER_MASTER_MS = 10 * 60_000;
/** Lets connections that are made together be looked at together. */
const LOOK_SOON_MS = 100;
/** How soon a server that is loading, or refuses writes, is looked at again. */
const LOOK_AGAIN_MS = 1000;

export type ServerCheckEvents = {
  /** The masters were looked at. */
  onServersChecked?: (setup: StoreSetup) => void;
  /** A master does not tell how it is set up; it may be forbidden to. */
  onServerUnreadable?: (failure: { address: string; reason: string }) => void;
};

export type ServerCheck = {
  /** Looks at the masters once the connections of this moment are made. */
  lookSoon(): void;
  stop(): void;
};

/** How one server is set up. */
type ServerSetup = { warnings: readonly SetupWarning[]; memoryRatio: number; isLoading: boolean };

const UNKNOWN: ServerSetup = { warnings: [], memoryRatio: 0, isLoading: false };

/** What endangers sessions, as a sentence. */
export type SetupWarning = { kind: StoreWarningKind; text: string };

/** Looks at the masters from time to time. A master that does not answer stays as it was seen
 * last. `refusalOf` tries a write, and answers why it was refused, if for a reason that lasts. */
export function watchServers(
  masters: () => Redis[],
  options: ServerCheckEvents & {
    topologyRefreshMs: number;
    refusalOf: (master: Redis) => Promise<string | undefined>;
    nowMonotonicMs: () => number;
    /** What is known of the clock of a server by now. */
    clockOf: (master: Redis) => ClockInterval | undefined;
  },
): ServerCheck {
  let seen: ReadonlyMap<string, ServerSetup> = new Map();
  /** Of masters, and for a while of former ones: whoever took over from one judges by what that
   * one wrote. */
  const clocks = new Map<string, ClockInterval>();
  const refresh = setInterval(look, options.topologyRefreshMs).unref();
  let soon: NodeJS.Timeout | undefined;
  let stopped = false;

  const lookIn = (pauseMs: number) => {
    if (!stopped) soon ??= setTimeout(look, pauseMs).unref();
  };

  return {
    lookSoon: () => lookIn(LOOK_SOON_MS),
    stop() {
      stopped = true;
      clearInterval(refresh);
      clearTimeout(soon);
    },
  };

  async function look(): Promise<void> {
    soon = undefined;
    const looks = masters().map(
      async (master) => [addressOf(master.options), await setupOf(master)] as const,
    );
    if (looks.length === 0) return;
    // Whoever is not a master any more is forgotten.
    seen = new Map(await Promise.all(looks));
    const known = knownClocks();
    const skew = clockSkew(known);
    const warnings = [...seen].flatMap(([address, setup]) =>
      setup.warnings.map(({ kind, text }) => ({ kind, line: `${address}: ${text}` })),
    );
    if (skew !== undefined && skew.skewMs > SKEW_MAX_MS) {
      // By how much is a metric: a line that changed with it would be logged again and again.
      const text =
        `its clock is more than ${SKEW_MAX_MS} ms ahead of that of ${skew.behind}: around an erase, sessions that ` +
        'move between them may lose updates, or come back; keep both in time with NTP';
      warnings.push({ kind: 'clock_skew', line: `${skew.ahead}: ${text}` });
    }
    options.onServersChecked?.({
      warnings: warnings.sort((a, b) => (a.line < b.line ? -1 : 1)),
      memoryRatio: Math.max(...[...seen.values()].map(({ memoryRatio }) => memoryRatio)),
      clockSkewMs: skew?.skewMs ?? 0,
      clockWidthMs: widestMs(known.filter(({ address }) => seen.has(address))),
    });
    const refuses = warnings.some(({ kind }) => kind === 'refuses_writes');
    if (refuses || [...seen.values()].some(({ isLoading }) => isLoading)) lookIn(LOOK_AGAIN_MS);
  }

  /** The clocks as they are known by now, of masters and former masters. */
  function knownClocks(): KnownClock[] {
    const nowMs = options.nowMonotonicMs();
    for (const master of masters()) {
      const interval = options.clockOf(master);
      if (interval !== undefined)
        clocks.set(addressOf(master.options), intervalAt(interval, nowMs));
    }
    for (const [address, { atMs }] of clocks)
      if (nowMs - atMs > FORMER_MASTER_MS) clocks.delete(address);
    return [...clocks].map(([address, interval]) => ({
      address,
      interval: intervalAt(interval, nowMs),
    }));
  }

  async function setupOf(master: Redis): Promise<ServerSetup> {
    const address = addressOf(master.options);
    const before = seen.get(address) ?? UNKNOWN;
    // Where there is no connection the command would be kept for the next one.
    if (master.status !== 'ready') return before;
    const [info, refusal] = await Promise.all([infoOf(master, address), options.refusalOf(master)]);
    const isLoading = info !== undefined && isLoadingFrom(info);
    const known = info === undefined || isLoading ? before : setupFrom(info);
    const warnings = known.warnings.filter(({ kind }) => kind !== 'refuses_writes');
    if (refusal !== undefined)
      warnings.push({ kind: 'refuses_writes', text: `it refuses writes: ${refusal}` });
    return { ...known, warnings, isLoading };
  }

  async function infoOf(
    master: Redis,
    address: string,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return fieldsOf(await master.info('memory', 'persistence'));
    } catch (error) {
      options.onServerUnreadable?.({ address, reason: (error as Error).message });
      return undefined;
    }
  }
}

function setupFrom(info: ReadonlyMap<string, string>): ServerSetup {
  return { warnings: setupWarnings(info), memoryRatio: memoryRatioOf(info), isLoading: false };
}

function isLoadingFrom(info: ReadonlyMap<string, string>): boolean {
  return info.get('loading') === '1' || info.get('async_loading') === '1';
}

/** The answer to INFO, field by field. */
export function fieldsOf(info: string): ReadonlyMap<string, string> {
  const lines = info.matchAll(/^(\w+):(.*?)\r?$/gm);
  return new Map([...lines].map(([, field = '', value = '']) => [field, value]));
}

/** What in the answer to INFO endangers sessions. */
export function setupWarnings(info: ReadonlyMap<string, string>): SetupWarning[] {
  const policy = info.get('maxmemory_policy') ?? '';
  const warnings: SetupWarning[] = [];
  if (/^(volatile|allkeys)-/.test(policy)) {
    const which = policy === 'volatile-ttl' ? ', those that end soonest first' : '';
    const text =
      `maxmemory-policy is ${policy}: when maxmemory is reached, sessions are evicted before they end` +
      `${which}; set it to noeviction`;
    warnings.push({ kind: 'eviction', text });
  }
  if (info.get('aof_enabled') === '0') {
    const text =
      'appendonly is no: a restart loses what was acknowledged since the last snapshot, or all without one';
    warnings.push({ kind: 'no_append_only_file', text });
  }
  return warnings;
}

/** Memory in use as a share of `maxmemory`, counted as the server counts before it refuses or
 * evicts. */
export function memoryRatioOf(info: ReadonlyMap<string, string>): number {
  const bytes = (field: string) => Number(info.get(field) ?? 0);
  const limit = bytes('maxmemory');
  if (limit === 0) return 0;
  return (bytes('used_memory') - bytes('mem_not_counted_for_evict')) / limit;
}
