import { describe, expect, test } from 'vitest';
import { createRecentNotes } from '../../../src/service/indexing/recent-notes.ts';
import { StoreUnavailable, type UserSession } from '../../../src/store/session-store.ts';

function openNotes() {
  const noted: string[] = [];
  const clock = { nowMs: 0 };
  const fault = { down: false, erased: false };
  const store = {
    async index({ userId, sessionId }: UserSession) {
      if (fault.down) throw new StoreUnavailable('index', { reason: 'down' });
      noted.push(`${userId} ${sessionId}`);
      return fault.erased ? ('erased' as const) : ('noted' as const);
    },
  };
  const notes = createRecentNotes(() => clock.nowMs);
  const entry = { eventMs: 1, receivedAtMonotonicMs: 0, ttlMs: 1 };
  const note = (userId: string, sessionId: string) =>
    notes.note({ userId, sessionId, ...entry }, store);
  const confirm = (answer: 'noted' | 'recent', incarnation: string | undefined) =>
    notes.confirm({ userId: 'u', sessionId: 's', ...entry }, { answer, incarnation });
  return { note, confirm, noted, clock, fault };
}

describe('notes in the user index', () => {
  test('are written at once, and then once a minute', async () => {
    const { note, noted, clock } = openNotes();
    for (clock.nowMs = 0; clock.nowMs < 180_000; clock.nowMs += 10_000) await note('u', 's');
    expect(noted).toEqual(['u s', 'u s', 'u s']);
  });

  test('keep users and sessions apart', async () => {
    const { note, noted } = openNotes();
    for (const [user, session] of [
      ['u', 's'],
      ['u', 't'],
      ['v', 's'],
      ['u', 's'],
    ] as const)
      await note(user, session);
    expect(noted).toEqual(['u s', 'u t', 'v s']);
  });

  test('that could not be written are written again', async () => {
    const { note, noted, fault } = openNotes();
    fault.down = true;
    await expect(note('u', 's')).rejects.toThrow(StoreUnavailable);
    fault.down = false;
    await note('u', 's');
    expect(noted).toEqual(['u s']);
  });

  test('are written again where the session has another incarnation than at the last note', async () => {
    const { note, confirm, noted } = openNotes();
    await note('u', 's');
    expect([confirm('noted', 'one'), confirm('recent', 'one')]).toEqual([true, true]);
    expect(await note('u', 's')).toBe('recent');
    expect(confirm('recent', 'two')).toBe(false);
    expect(await note('u', 's')).toBe('noted');
    expect([confirm('noted', 'two'), noted]).toEqual([true, ['u s', 'u s']]);
  });

  test('are written again where the update of the last note was never stored', async () => {
    const { note, confirm } = openNotes();
    await note('u', 's');
    expect(await note('u', 's')).toBe('recent');
    expect(confirm('recent', 'one')).toBe(false);
    expect(await note('u', 's')).toBe('noted');
  });

  test('are written again where the incarnation of the update is not known', async () => {
    const { note, confirm } = openNotes();
    await note('u', 's');
    expect(confirm('noted', undefined)).toBe(true);
    expect(confirm('recent', undefined)).toBe(false);
    expect(await note('u', 's')).toBe('noted');
  });

  test('are written again after an answer that the user was erased', async () => {
    const { note, fault } = openNotes();
    fault.erased = true;
    expect(await note('u', 's')).toBe('erased');
    fault.erased = false;
    expect(await note('u', 's')).toBe('noted');
  });

  test('are remembered up to a number, and the oldest is forgotten first', async () => {
    const { note, noted } = openNotes();
    for (let session = 0; session <= 20_000; session++) await note('u', `${session}`);
    await note('u', '20000');
    expect(noted).toHaveLength(20_001);
    await note('u', '0');
    expect(noted).toHaveLength(20_002);
  });
});
