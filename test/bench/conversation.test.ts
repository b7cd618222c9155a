import { expect, test } from 'vitest';
import { messagesOf, saveBody } from '../../bench/conversation/turns.ts';
import { SESSION_MARK } from '../../bench/example-update.ts';
import type { Load } from '../../bench/load/load.ts';
import { createNumberedMessages } from '../../bench/load/numbered-messages.ts';

test.each([
  [{ saves: 20, restores: 2 }, [10, 21]],
  [{ saves: 3, restores: 1 }, [3]],
  [{ saves: 4, restores: 0 }, []],
])('the restores of %j are spread evenly, the last at its end', (conversation, places) => {
  const messages = messagesOf({ ...conversation, saveBytes: 1000 });
  const found = messages.flatMap(({ path }, place) => (path.endsWith('/restore') ? [place] : []));
  expect({ length: messages.length, found }).toEqual({
    length: conversation.saves + conversation.restores,
    found: places,
  });
});

test.each([400, 1000, 20_000])('a save of %i bytes has about that size in each turn', (bytes) => {
  for (const turn of [0, 7, 99]) {
    const { length } = JSON.stringify(saveBody(turn, bytes));
    expect(length).toBeLessThanOrEqual(bytes);
    expect(length).toBeGreaterThan(bytes - 200);
  }
});

test('turns differ, and are the same in every run', () => {
  expect(saveBody(1, 1000)).toEqual(saveBody(1, 1000));
  expect(saveBody(1, 1000).context).not.toEqual(saveBody(2, 1000).context);
  expect(saveBody(1, 1000).inputId).not.toBe(saveBody(2, 1000).inputId);
});

test('the session’s name is put in wherever its mark is, each session once', () => {
  const numbers = { firstRequest: 0, requests: 100, firstSession: 500, sessions: 100 };
  const text = Buffer.from(`${SESSION_MARK} and ${SESSION_MARK}`);
  const next = createNumberedMessages(numbers as Load, text);
  const names = new Set<string>();
  for (let message = next(); message; message = next()) {
    const [first, second] = message.toString().split(' and ');
    expect(first).toBe(second);
    names.add(first ?? '');
  }
  expect([...names].sort()).toEqual(
    Array.from({ length: 100 }, (_, place) => `bench-${String(500 + place).padStart(10, '0')}`),
  );
});
