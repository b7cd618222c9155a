import type { Redis } from 'ioredis';
import { keys } from '../../support/redis-store.ts';
import { type Cell, flipped, kindOf, type StoredCopy } from './stored-copy.ts';

/** The hash of a session, as it is now. */
export async function copyOfHash(client: Redis, sessionId: string): Promise<StoredCopy> {
  const key = keys.session(sessionId);
  const found = Object.entries(await client.hgetallBuffer(key));
  // In one order for all sessions: by kind, then by revision.
  const orderOf = (name: string, value: Buffer) =>
    `${kindOf(name)} ${value.toString('latin1', 0, 10)}`;
  found.sort(([a, one], [b, other]) => (orderOf(a, one) < orderOf(b, other) ? -1 : 1));
  const fields = found.map(([name, value]) => ({ name: Buffer.from(name), value }));
  const expiresAtMs = await client.pexpiretime(key);
  const cells = fields.flatMap(({ name, value }, field) => {
    const kind = kindOf(String(name));
    return [
      { place: `name of ${kind}`, bits: name.length * 8, field, part: 'name' as const },
      { place: kind, bits: value.length * 8, field, part: 'value' as const },
    ];
  });
  return {
    cells,
    async write(cell: Cell, bit: number) {
      const { field, part } = cell as (typeof cells)[number];
      const args = fields.flatMap(({ name, value }, place) => [
        place === field && part === 'name' ? flipped(name, bit) : name,
        place === field && part === 'value' ? flipped(value, bit) : value,
      ]);
      const write = client
        .multi()
        .del(key)
        .hset(key, ...args)
        .pexpireat(key, expiresAtMs);
      await write.exec();
    },
  };
}
