// Comparing what a command answers with what the README shows. The README may leave out members,
// and cannot know those that differ from run to run; of these only the kind is compared.

import { expect } from 'vitest';

const DIFFERENT_EACH_RUN = new Set(['etag', 'lastUpdated', 'ttlMs']);

/** Expects an answer to be what a ```json or ```text block shows. */
export function expectAnswer(output: string, shown: { language: string; text: string }): void {
  if (shown.language === 'json')
    expect(JSON.parse(output)).toMatchObject(patternOf(JSON.parse(shown.text)));
  else expect(output.trim()).toBe(shown.text.trim());
}

function patternOf<Value>(value: Value, name = ''): Value {
  if (DIFFERENT_EACH_RUN.has(name)) return expect.any(Object(value).constructor);
  if (Array.isArray(value)) return value.map((item) => patternOf(item)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, patternOf(member, key)]);
  return Object.fromEntries(members);
}
