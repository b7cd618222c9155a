// How long a server takes to answer, and how its clock compares with those of the others.

import type { Redis } from 'ioredis';
import type { StoreFinding } from '../../store-finding.ts';
import { type ClockInterval, intersection, sampledInterval } from '../clock/clock-interval.ts';
import { clockSkew, type KnownClock } from '../clock/clock-skew.ts';

const SAMPLES = 20;
const SKEW_MAX_MS = 1000;
/** Every update takes at least one round trip. */
const LATENCY_MAX_MS = 10;
const MICROS = 1000;

/** The clock and the round trips of one server. */
export type TimedServer = {
  address: string;
  interval: ClockInterval | undefined;
  tripsMs: number[];
};

/** Asks a server for its time, again and again. Rejects with its refusal. */
export async function timeServer(address: string, client: Redis): Promise<TimedServer> {
  const tripsMs: number[] = [];
  let interval: ClockInterval | undefined;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const sentMs = performance.now();
    const [seconds, micros] = await client.time();
    const arrivedMs = performance.now();
    const serverMs = Number(seconds) * 1000 + Number(micros) / MICROS;
    tripsMs.push(arrivedMs - sentMs);
    const sampled = sampledInterval({ sentMs, arrivedMs, serverMs });
    interval = interval === undefined ? sampled : (intersection(interval, sampled) ?? sampled);
  }
  return { address, interval, tripsMs: tripsMs.sort((one, other) => one - other) };
}

/** The findings about all servers. */
export function timeFindings(
  servers: readonly TimedServer[],
  { commandTimeoutMs }: { commandTimeoutMs: number },
): StoreFinding[] {
  const clocks = servers.flatMap(({ address, interval }): KnownClock[] =>
    interval === undefined ? [] : [{ address, interval }],
  );
  return [
    ...(clocks.length > 1 ? [skewFinding(clocks)] : []),
    ...servers.map((server) => latencyFinding(server, commandTimeoutMs)),
  ];
}

function skewFinding(clocks: readonly KnownClock[]): StoreFinding {
  const skew = clockSkew(clocks);
  const skewMs = Math.round(skew?.skewMs ?? 0);
  if (skew === undefined || skewMs <= SKEW_MAX_MS)
    return { check: 'clocks', level: 'ok', text: `they differ by ${skewMs} ms or less` };
  const text =
    `the clock of ${skew.ahead} is ${skewMs} ms ahead of that of ${skew.behind}: ` +
    'keep both in time with NTP';
  return { check: 'clocks', level: 'warning', text };
}

function latencyFinding({ address, tripsMs }: TimedServer, commandTimeoutMs: number): StoreFinding {
  const medianMs = tripsMs[Math.floor(tripsMs.length / 2)] ?? 0;
  const slowestMs = tripsMs.at(-1) ?? 0;
  const text =
    `${address}: a round trip takes ${medianMs.toFixed(1)} ms, ` +
    `the slowest of ${tripsMs.length} took ${slowestMs.toFixed(1)} ms`;
  if (slowestMs > commandTimeoutMs / 2) {
    const limit = `half of STORE_COMMAND_TIMEOUT_MS (${commandTimeoutMs}) is ${commandTimeoutMs / 2}`;
    return { check: 'latency', level: 'unfit', text: `${text}; ${limit}` };
  }
  if (medianMs <= LATENCY_MAX_MS) return { check: 'latency', level: 'ok', text };
  const advice = 'run the service near its store';
  return { check: 'latency', level: 'warning', text: `${text}: ${advice}` };
}
