// What former services left in Redis, whatever its topology. Their keys have no hash tag, so in a
// Cluster the two keys of a session are in two slots, and neither is in that of our session: each is
// read and removed by a script of its own.

import {
  LEGACY_PREFIXES,
  type LegacyKey,
  type LegacyKeyKind,
  type LegacyStore,
  type LegacyValue,
} from '../legacy-store.ts';
import { StoreUnavailable } from '../session-store.ts';
import { openConnection } from './connection/connection.ts';
import type { Server } from './connection/server.ts';
import type { ConnectionOptions } from './connection/topology.ts';
import { createRunScripts } from './run-scripts.ts';
import type { Reply } from './scripts/replies.ts';
import { loadScript } from './scripts/script.ts';

const KINDS = Object.keys(LEGACY_PREFIXES) as LegacyKeyKind[];

/** Keys that a server goes through in one call: below a millisecond of its time. */
const SCANNED_AT_ONCE = 1000;

const END = '0';

/** In refusals of a server, in place of a key or a prefix. */
const PREFIX_IN_TEXTS = 'session:* and cognigy:state:';

/** Opens connections of its own. They are established in the background; until then, calls throw
 * StoreUnavailable. */
export function createLegacyStore(options: ConnectionOptions & { keyPrefix: string }): LegacyStore {
  const { commandTimeoutMs, nowMonotonicMs = () => performance.now() } = options;
  const connection = openConnection({ ...options, keyPrefix: PREFIX_IN_TEXTS, isChecked: false });
  const run = createRunScripts({ connection, commandTimeoutMs, nowMonotonicMs });
  const scripts = { find: loadScript('legacy/find'), remove: loadScript('legacy/remove') };

  return {
    async find(sessionId, kinds = KINDS) {
      const found = await Promise.all(
        kinds.map(async (kind) => {
          const key = `${LEGACY_PREFIXES[kind]}${sessionId}`;
          const { facts } = await run.read({ operation: 'findLegacy', script: scripts.find, key });
          return valuesFrom(kind, facts);
        }),
      );
      return found.flat();
    },

    async remove(sessionId, limits) {
      const removed = await Promise.all(
        KINDS.map(async (kind) => {
          const [, count] = await run.write({
            ...{ operation: 'removeLegacy', script: scripts.remove, limits, args: [] },
            key: `${LEGACY_PREFIXES[kind]}${sessionId}`,
          });
          return Number(count);
        }),
      );
      return removed.reduce((sum, count) => sum + count, 0);
    },

    async *scan() {
      for (const server of servers('scan')) {
        let cursor = END;
        do {
          const page = ['COUNT', `${SCANNED_AT_ONCE}`, 'TYPE', 'string'];
          const [next, keys] = (await ask('scan', server, [cursor, ...page])) as [Buffer, Buffer[]];
          cursor = String(next);
          yield { keys: keys.flatMap(legacyKeyFrom), scanned: SCANNED_AT_ONCE };
        } while (cursor !== END);
      }
    },

    async countKeys() {
      const sizes = servers('dbsize').map((server) => ask('dbsize', server, []));
      return (await Promise.all(sizes)).reduce<number>((sum, size) => sum + Number(size), 0);
    },

    async close() {
      connection.close();
    },
  };

  function servers(operation: string): Server[] {
    const masters = connection.servers();
    if (masters.length > 0) return masters;
    throw new StoreUnavailable(operation, { reason: 'there is no connection yet' });
  }
}

async function ask(command: string, server: Server, args: string[]): Promise<unknown> {
  try {
    return await server.call(command, args);
  } catch (error) {
    throw new StoreUnavailable(command, { reason: (error as Error).message, cause: error });
  }
}

function valuesFrom(kind: LegacyKeyKind, [status, ttlMs, bytes]: Reply): LegacyValue[] {
  if (String(status) === 'none') return [];
  const left = Number(ttlMs);
  return [{ kind, bytes: bytes as unknown as Uint8Array, ttlMs: left < 0 ? undefined : left }];
}

/** The session of a key; nothing for other keys, and for an id that is not UTF-8, which no caller can
 * send. */
function legacyKeyFrom(bytes: Buffer): LegacyKey[] {
  const key = bytes.toString();
  const kind = KINDS.find((each) => key.startsWith(LEGACY_PREFIXES[each]));
  if (kind === undefined || !Buffer.from(key).equals(bytes)) return [];
  const sessionId = key.slice(LEGACY_PREFIXES[kind].length);
  return sessionId === '' ? [] : [{ kind, sessionId }];
}
