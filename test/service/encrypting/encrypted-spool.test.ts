// Rows of the spool that are encrypted: what is on the disk, and a key that is missing for a while.

import { expect, test, vi } from 'vitest';
import { createTestCipher } from '../../support/encryption-keys.ts';
import { variable } from '../scratch-services.ts';
import { openSpoolWorld } from '../spooling/spool-world.ts';

const LOOKS_EVERY_MS = 60_000;

test('a row whose key is missing is kept, and replayed once the key is back', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const world = openSpoolWorld();
    const { contents, replace } = createTestCipher('one');
    const writer = world.start({ contents });
    world.leave();
    await world.persist(writer.service, variable('a', 'nobody may see this'));
    await world.persist(writer.service, variable('b', 2));
    expect(await world.restore(writer.service).catch(({ reason }) => reason)).toBe('unavailable');
    await writer.crash();
    for (const payload of writer.spool.rows.values())
      expect(Buffer.from(payload).toString('latin1')).not.toContain('nobody may see this');

    replace('two');
    world.comeBack();
    const reader = world.start({ contents, rows: writer.spool.rows });
    expect(world.setAside).toEqual(['key_missing', 'key_missing']);
    expect(reader.spooling.usage()).toMatchObject({ rows: 2, setAside: 2 });
    await world.persist(reader.service, variable('c', 3));
    vi.advanceTimersByTime(LOOKS_EVERY_MS);
    // Reported once.
    expect(world.setAside).toHaveLength(2);
    expect(reader.spooling.usage()).toMatchObject({ rows: 2, setAside: 2 });

    replace('two', ['one', 'two']);
    vi.advanceTimersByTime(LOOKS_EVERY_MS);
    expect(await reader.idle()).toEqual(['stored', 'stored']);
    expect(reader.spooling.usage()).toMatchObject({ rows: 0, setAside: 0 });
    const restored = await world.restore(reader.service);
    expect(restored?.variables.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  } finally {
    vi.useRealTimers();
  }
});
