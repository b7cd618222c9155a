// Reading a hash by scripts/read.lua gives what HGETALL gives, whatever its fields hold.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Reply } from '../../../src/store/redis/scripts/replies.ts';
import { loadScript, runScript } from '../../../src/store/redis/scripts/script.ts';
import { LINES, StoredFields } from '../../../src/store/redis/stored-fields.ts';
import { openStoreAndClient } from './store-and-client.ts';

const { client } = await openStoreAndClient();
const KEY = 'any-fields';
const OTHERS = ['recent', 'lock', 'Revision', 'snapshot:0', 'quarantine:0', 'grün'];

const name = fc.constantFrom<string>(...LINES, ...OTHERS);
const value = fc.oneof(
  fc.constantFrom('', '\n', 'two\nlines', 'behind\n', '\r', '\0', '12'),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 40 }),
);
const hash = fc.uniqueArray(fc.tuple(name, value.map(Buffer.from)), { selector: ([of]) => of });

async function read() {
  const reply = await runScript(client, loadScript('read'), { keys: [KEY], args: [] });
  const [, ...facts] = reply as Reply;
  return new StoredFields(facts);
}

it('a hash is read as it is, in lines or not', async () => {
  await fc.assert(
    fc.asyncProperty(hash, async (fields) => {
      await client.del(KEY);
      if (fields.length > 0) await client.hset(KEY, fields.flat() as never);
      const found = await read();
      const stored = new Map(fields);
      for (const field of [...LINES, 'lock', 'absent'])
        expect(found.text(field)).toBe(stored.get(field)?.toString());
      const others = fields.filter(
        ([field, bytes]) => !LINES.includes(field as never) || /^$|\n/.test(bytes.toString()),
      );
      const named = others.map(([field, bytes]) => [Buffer.from(field).toString('latin1'), bytes]);
      expect(found.others).toEqual(new Map(named as [string, Buffer][]));
    }),
    { numRuns: 200 },
  );
  await client.del(KEY);
});

it('a key that is missing, or no hash, has no fields', async () => {
  const expectNone = async () => {
    const found = await read();
    expect(LINES.map((field) => found.text(field))).toEqual(LINES.map(() => undefined));
    expect(found.others.size).toBe(0);
  };
  await client.set(KEY, 'a text');
  await expectNone();
  await client.del(KEY);
  await expectNone();
});
