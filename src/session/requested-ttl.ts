// How long a session is to live, as a request says it: `ttl`, in seconds, and `ttlMode`.

import { invalid } from './errors.ts';
import { SESSION_TTL_MAX_MS, SESSION_TTL_MIN_MS } from './limits.ts';

const [MIN_SECONDS, MAX_SECONDS] = [SESSION_TTL_MIN_MS / 1000, SESSION_TTL_MAX_MS / 1000];

/** What an update does with the time that its session has left: `extend` never shortens it. */
const TTL_MODES: readonly string[] = ['extend', 'exact'];

/** What a request says; undefined and empty: nothing. */
export type RequestedTtl = { ttlSeconds: number | undefined; ttlMode: string };

/** The requested time to live, in milliseconds; undefined if none is. Refuses (`invalid`) one that
 * is out of range. */
export function requestedTtlMs(ttlSeconds: number | undefined): number | undefined {
  if (ttlSeconds === undefined) return undefined;
  const isWhole = Number.isSafeInteger(ttlSeconds);
  if (isWhole && ttlSeconds >= MIN_SECONDS && ttlSeconds <= MAX_SECONDS) return ttlSeconds * 1000;
  const found = Number.isNaN(ttlSeconds) ? '' : `, not ${ttlSeconds}`;
  throw invalid(
    '/ttl',
    `ttl must be a whole number of seconds from ${MIN_SECONDS} to ${MAX_SECONDS} (400 days)` +
      found,
  );
}

/** Whether the session is to live exactly so long. Refuses (`invalid`) an unknown mode, and one
 * without a time. */
export function isExactTtl({ ttlSeconds, ttlMode }: RequestedTtl): boolean {
  if (ttlMode === '') return false;
  if (!TTL_MODES.includes(ttlMode))
    throw invalid('/ttlMode', 'ttlMode takes "extend" and "exact", and nothing else');
  if (ttlSeconds === undefined)
    throw invalid('/ttlMode', `ttlMode is ${ttlMode}, and the request has no ttl: send both`);
  return ttlMode === 'exact';
}
