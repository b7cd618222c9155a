// Many exports at once: none is made incomplete by the others.

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ExportPart } from '../../../src/service/listing/user-export.ts';
import type { SessionStore } from '../../../src/store/session-store.ts';
import { openScratch } from '../scratch-services.ts';

test('an export is whole however many others are under way; the next one is refused', async () => {
  const scratch = openScratch();
  const inspect: SessionStore['inspect'] = async (sessionId) => {
    await setImmediate();
    return scratch.store.inspect(sessionId);
  };
  const service = scratch.open({ faults: { inspect } });
  for (let place = 0; place < 3; place++)
    await scratch.persist(service, { sessionId: `s${place}`, userId: 'u' });

  /** Whether an export was complete, or why it was refused. */
  async function outcomeOf(): Promise<unknown> {
    const parts: ExportPart[] = [];
    const query = { receipt: scratch.receipt(), userId: 'u', isCheckOnly: false };
    try {
      for await (const part of service.exportUser(query)) parts.push(part);
    } catch (error) {
      return (error as { reason: unknown }).reason;
    }
    const end = parts.at(-1);
    return end?.kind === 'end' && end.isComplete && parts.length === 5;
  }

  const outcomes = await Promise.all(Array.from({ length: 30 }, outcomeOf));
  expect(outcomes).toEqual([...Array(24).fill(true), ...Array(6).fill('overloaded')]);
  expect(await outcomeOf()).toBe(true);
});
