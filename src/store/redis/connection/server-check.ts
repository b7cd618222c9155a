// Finds settings of the masters that endanger sessions. A server may be configured to free memory by
// evicting keys that have an expiry, which every session has; or to write nothing to disk. No answer
// to a command shows either, until sessions are missing.
//
// The memory in use is read as well: with `noeviction` a full master refuses every write. So is the
// difference between the masters' clocks: when a session moves from one master to another, the
// other's clock decides when it expires.
//
// INFO has all of this, and is allowed even where CONFIG is not. It is sent to each master soon after
// the connection is made, and from time to time; no request waits for it, and a server that does not
// answer it is only reported. While a server loads its data it reports its append-only file as off,
// so it is asked again until the loading has ended.
//
// A test write is sent to each master as well: so a server whose disk is full, or which refuses
// writes to this client alone, is found before a session needs it, even if the other masters keep
// the store ready.

import type { Redis } from 'ioredis';
import type { StoreSetup, StoreWarningKind } from '../../store-setup.ts';
import { type ClockInterval, intervalAt } from '../clock/clock-interval.ts';
import { clockSkew, type KnownClock, widestMs } from '../clock/clock-skew.ts';
import { durabilityWarnings } from './durability-warnings.ts';
import { addressOf } from './node-address.ts';
import type { RequiredDurability } from './required-durability.ts';
import {
  createStoreSignals,
  type ServerSignals,
  SIGNAL_SECTIONS,
  signalsFrom,
} from './server-signals.ts';
import type { SetupWarning } from './setup-warning.ts';

/** Clocks that NTP keeps differ by far less. */
const SKEW_MAX_MS = 1000;
/** How long the clock of a former master is remembered. */
const FORMER_MASTER_MS = 10 * 60_000;
/** So that masters whose connections are made together are checked together. */
const LOOK_SOON_MS = 100;
/** How soon a server that is loading, or refuses writes, is checked again. */
const LOOK_AGAIN_MS = 1000;

export type ServerCheckEvents = {
  /** False: the masters are not checked. */
  isChecked?: boolean;
  /** The masters were checked. */
  onServersChecked?: (setup: StoreSetup) => void;
  /** A master does not answer INFO; its user may lack the permission. */
  onServerUnreadable?: (failure: { address: string; reason: string }) => void;
};

export type ServerCheck = {
  /** Checks the masters shortly, together with others that connect now. */
  lookSoon(): void;
  stop(): void;
};

/** How one server is set up. */
type ServerSetup = {
  warnings: readonly SetupWarning[];
  memoryRatio: number;
  isLoading: boolean;
  /** Undefined while it does not answer INFO. */
  signals?: ServerSignals;
};

/** What may end soon. */
const PASSING: readonly StoreWarningKind[] = ['refuses_writes', 'too_few_replicas'];

const UNKNOWN: ServerSetup = { warnings: [], memoryRatio: 0, isLoading: false };

/** Checks the masters from time to time. For a master that does not answer, the last result is kept.
 * `refusalOf` tries a write, and answers why it was refused, if the reason lasts. */
export function watchServers(
  masters: () => Redis[],
  options: ServerCheckEvents & {
    topologyRefreshMs: number;
    refusalOf: (master: Redis) => Promise<string | undefined>;
    nowMonotonicMs: () => number;
    /** The clock of a server, as far as it is known. */
    clockOf: (master: Redis) => ClockInterval | undefined;
    durability?: RequiredDurability;
    /** How many replicas must have an update, as far as it is known. */
    replicasOf?: (master: Redis) => number | undefined;
    /** How many slots of a cluster no master serves. */
    uncoveredSlots?: (() => number) | undefined;
  },
): ServerCheck {
  const { durability: { level } = { level: 'stored' }, replicasOf = () => undefined } = options;
  const storeSignals = createStoreSignals();
  if (options.isChecked === false) return { lookSoon() {}, stop() {} };
  let seen: ReadonlyMap<string, ServerSetup> = new Map();
  /** Of masters, and for a while of former ones: a new master decides by the times that the former
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
    // A server that is no longer a master is forgotten.
    seen = new Map(await Promise.all(looks));
    const known = knownClocks();
    const skew = clockSkew(known);
    const warnings = [...seen].flatMap(([address, setup]) =>
      setup.warnings.map(({ kind, text }) => ({ kind, line: `${address}: ${text}` })),
    );
    if (skew !== undefined && skew.skewMs > SKEW_MAX_MS) {
      // The skew itself is a metric: a line that changes with it would be logged again and again.
      const text =
        `its clock is more than ${SKEW_MAX_MS} ms ahead of that of ${skew.behind}: around an erase, sessions that ` +
        'move between them may lose updates, or come back; keep both in time with NTP';
      warnings.push({ kind: 'clock_skew', line: `${skew.ahead}: ${text}` });
    }
    options.onServersChecked?.({
      warnings: warnings.sort((a, b) => (a.line < b.line ? -1 : 1)),
      memoryRatio: Math.max(...[...seen.values()].map(({ memoryRatio }) => memoryRatio)),
      signals: storeSignals(signalsOfAll(), options.uncoveredSlots?.() ?? 0),
      clockSkewMs: skew?.skewMs ?? 0,
      clockWidthMs: widestMs(known.filter(({ address }) => seen.has(address))),
    });
    const refuses = warnings.some(({ kind }) => PASSING.includes(kind));
    if (refuses || [...seen.values()].some(({ isLoading }) => isLoading)) lookIn(LOOK_AGAIN_MS);
  }

  function signalsOfAll(): ReadonlyMap<string, ServerSignals> {
    return new Map(
      [...seen].flatMap(([address, { signals }]) => (signals ? [[address, signals] as const] : [])),
    );
  }

  /** The known clocks of masters and former masters. */
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
    // Without a connection the library would keep the command for the next one.
    if (master.status !== 'ready') return before;
    const [info, refusal] = await Promise.all([infoOf(master, address), options.refusalOf(master)]);
    const isLoading = info !== undefined && isLoadingFrom(info);
    const known = info === undefined || isLoading ? before : setupFrom(info, master);
    const warnings = known.warnings.filter(({ kind }) => kind !== 'refuses_writes');
    if (refusal !== undefined)
      warnings.push({ kind: 'refuses_writes', text: `it refuses writes: ${refusal}` });
    return { ...known, warnings, isLoading };
  }

  function setupFrom(info: ReadonlyMap<string, string>, master: Redis): ServerSetup {
    const required = { level, replicas: replicasOf(master) };
    const warnings = [...setupWarnings(info), ...durabilityWarnings(info, required)];
    const signals = signalsFrom(info);
    return { warnings, memoryRatio: memoryRatioOf(info), isLoading: false, signals };
  }

  async function infoOf(
    master: Redis,
    address: string,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return fieldsOf(await master.info('server', 'memory', 'persistence', ...SIGNAL_SECTIONS));
    } catch (error) {
      options.onServerUnreadable?.({ address, reason: (error as Error).message });
      return undefined;
    }
  }
}

function isLoadingFrom(info: ReadonlyMap<string, string>): boolean {
  return info.get('loading') === '1' || info.get('async_loading') === '1';
}

/** The answer to INFO, field by field. */
export function fieldsOf(info: string): ReadonlyMap<string, string> {
  const lines = info.matchAll(/^(\w+):(.*?)\r?$/gm);
  return new Map([...lines].map(([, field = '', value = '']) => [field, value]));
}

/** The settings in the answer to INFO that endanger sessions. */
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
