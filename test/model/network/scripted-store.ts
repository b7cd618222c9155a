// The real scripts on a real Redis, which are told the time of the model's server instead of asking
// for it.

import type { Redis } from 'ioredis';
import { appendArguments } from '../../../src/store/redis/append-arguments.ts';
import { boundsText } from '../../../src/store/redis/clock/write-bounds.ts';
import { loadScript } from '../../../src/store/redis/scripts/script.ts';
import { ERASED_UPDATES, LAPSED_LOCK_MS } from '../../../src/store/session-store.ts';
import type { Executed, ModelStore, Write, WriteStatus } from './modelled-store.ts';

/** Longer than a trial. */
const HOUR_MS = '3600000';
const EMPTY_UPDATE = {
  ...{ sessionId: '', frame: Buffer.alloc(48), flowId: '', ifMatch: '', userId: '', eventMs: 0 },
  ...{ receivedAtMonotonicMs: 0, ttlMs: Number(HOUR_MS), sessionMaxBytes: 1_000_000_000 },
};

const SCRIPTS = {
  append: timedScript('append'),
  erase: timedScript('erase'),
  lock: timedScript('lock'),
  unlock: timedScript('unlock'),
};

/** A script whose last two arguments are the seconds and microseconds of its clock. */
function timedScript(name: string): string {
  const { lua } = loadScript(name);
  const timed = lua.replace("redis.call('TIME')", '{ARGV[#ARGV - 1], ARGV[#ARGV]}');
  if (timed === lua) throw new Error(`${name}.lua does not ask for the time as it did`);
  return timed;
}

/** Loads the scripts; answers what makes a store of one session. */
export async function loadScriptedStores(client: Redis): Promise<(key: string) => ModelStore> {
  const loaded = await Promise.all(
    Object.entries(SCRIPTS).map(
      async ([name, lua]) => [name, await client.script('LOAD', lua)] as const,
    ),
  );
  const sha1s = Object.fromEntries(loaded) as Record<Write['kind'], string>;

  return (key) => ({
    async execute(write, nowUs): Promise<Executed> {
      const time = [`${Math.floor(nowUs / 1e6)}`, `${nowUs % 1e6}`];
      const args = [...argumentsOf(write), ...time];
      const [, status] = (await client.evalsha(sha1s[write.kind], 1, key, ...args)) as [
        number,
        WriteStatus,
      ];
      return { status, nowUs };
    },
    async close() {
      await client.del(key);
    },
  });
}

function argumentsOf(write: Write): (string | Buffer)[] {
  const bounds = boundsText(write.bounds);
  switch (write.kind) {
    case 'append': {
      const { updateId, lockToken } = write;
      const append = { ...EMPTY_UPDATE, updateId, lockToken };
      return [bounds, ...appendArguments(append, { master: undefined, writesMoments: false })];
    }
    case 'erase':
      return [bounds, write.eraseId, HOUR_MS, '', `${ERASED_UPDATES}`];
    case 'lock':
      return [bounds, write.token, `${write.ttlMs}`, `${LAPSED_LOCK_MS}`, '0'];
    case 'unlock':
      return [bounds, write.token, `${LAPSED_LOCK_MS}`];
  }
}
