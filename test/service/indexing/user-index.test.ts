import { describe, expect, test } from 'vitest';
import { createUserIndex } from '../../../src/service/indexing/user-index.ts';
import { StoreUnavailable, type UserSession } from '../../../src/store/session-store.ts';

function tellable() {
  const told: string[] = [];
  const clock = { nowMs: 0 };
  const fault = { down: false, erased: false };
  const index = createUserIndex(
    {
      async index({ userId, sessionId }: UserSession) {
        if (fault.down) throw new StoreUnavailable('index', { reason: 'down' });
        told.push(`${userId} ${sessionId}`);
        return fault.erased ? 'erased' : 'noted';
      },
    },
    () => clock.nowMs,
  );
  const entry = { eventMs: 1, receivedAtMonotonicMs: 0, ttlMs: 1 };
  const note = (userId: string, sessionId: string) => index.note({ userId, sessionId, ...entry });
  const confirm = (answer: 'noted' | 'recent', incarnation: string | undefined) =>
    index.confirm({ userId: 'u', sessionId: 's', ...entry }, { answer, incarnation });
  return { note, confirm, told, clock, fault };
}

describe('the user index', () => {
  test('is told of a session at once, and then once a minute', async () => {
    const { note, told, clock } = tellable();
    for (clock.nowMs = 0; clock.nowMs < 180_000; clock.nowMs += 10_000) await note('u', 's');
    expect(told).toEqual(['u s', 'u s', 'u s']);
  });

  test('keeps users and sessions apart', async () => {
    const { note, told } = tellable();
    for (const [user, session] of [
      ['u', 's'],
      ['u', 't'],
      ['v', 's'],
      ['u', 's'],
    ] as const)
      await note(user, session);
    expect(told).toEqual(['u s', 'u t', 'v s']);
  });

  test('that could not be told is told again', async () => {
    const { note, told, fault } = tellable();
    fault.down = true;
    await expect(note('u', 's')).rejects.toThrow(StoreUnavailable);
    fault.down = false;
    await note('u', 's');
    expect(told).toEqual(['u s']);
  });

  test('is told again where the session is another incarnation than the one it was told of', async () => {
    const { note, confirm, told } = tellable();
    await note('u', 's');
    expect([confirm('noted', 'one'), confirm('recent', 'one')]).toEqual([true, true]);
    expect(await note('u', 's')).toBe('recent');
    expect(confirm('recent', 'two')).toBe(false);
    expect(await note('u', 's')).toBe('noted');
    expect([confirm('noted', 'two'), told]).toEqual([true, ['u s', 'u s']]);
  });

  test('is told again where the update that it was told of was never stored', async () => {
    const { note, confirm } = tellable();
    await note('u', 's');
    expect(await note('u', 's')).toBe('recent');
    expect(confirm('recent', 'one')).toBe(false);
    expect(await note('u', 's')).toBe('noted');
  });

  test('is told again where it is not known in which incarnation the update is', async () => {
    const { note, confirm } = tellable();
    await note('u', 's');
    expect(confirm('noted', undefined)).toBe(true);
    expect(confirm('recent', undefined)).toBe(false);
    expect(await note('u', 's')).toBe('noted');
  });

  test('that says the user was erased is asked again', async () => {
    const { note, fault } = tellable();
    fault.erased = true;
    expect(await note('u', 's')).toBe('erased');
    fault.erased = false;
    expect(await note('u', 's')).toBe('noted');
  });

  test('remembers no more than it should, and forgets the oldest first', async () => {
    const { note, told } = tellable();
    for (let session = 0; session <= 20_000; session++) await note('u', `${session}`);
    await note('u', '20000');
    expect(told).toHaveLength(20_001);
    await note('u', '0');
    expect(told).toHaveLength(20_002);
  });
});
