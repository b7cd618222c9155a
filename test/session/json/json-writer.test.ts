import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonBytes } from '../../../src/session/json/json-writer.ts';
import { membersJson } from '../../../src/session/json/members.ts';
import { jsonObjectText, type KeyValue } from '../../../src/session/json/value.ts';
import { StoredEntry } from '../../../src/session/stored-entry.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.constantFrom('', '"', '\\', '\u0000', '\u001f', '\u007f', '\ud800', '__proto__', 'ä'),
  fc.integer({ min: 30, max: 34 }).map((length) => 'x'.repeat(length)),
);

/** The same entry as it is read from a frame. */
function stored({ key, json }: KeyValue): KeyValue {
  const bytes = Buffer.from(`before${json}behind`);
  return new StoredEntry(key, bytes, 6, bytes.length - 6);
}

const entries = fc.array(
  fc
    .record({ key: text, value: fc.jsonValue({ maxDepth: 2 }), isStored: fc.boolean() })
    .map(({ key, value, isStored }) => {
      const entry = { key, json: JSON.stringify(value) };
      return isStored ? stored(entry) : entry;
    }),
  { maxLength: 6 },
);

describe('jsonBytes()', () => {
  test('writes texts as JSON.stringify does', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(jsonBytes((writer) => writer.string(given)).toString()).toBe(JSON.stringify(given));
      }),
      { numRuns: 1000 },
    );
  });

  test('writes entries as their text says, stored or not', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const bytes = jsonBytes((writer) => writer.object(given));
        expect(bytes.toString()).toBe(jsonObjectText(given));
      }),
    );
  });

  test('writes lists', () => {
    const bytes = jsonBytes((writer) => writer.list(['a', 'b'], (item) => writer.string(item)));
    expect(bytes.toString()).toBe('["a","b"]');
    expect(jsonBytes((writer) => writer.list([], () => {})).toString()).toBe('[]');
  });

  test('writes what is larger than anything before, and keeps what it wrote before', () => {
    const long = 'ä'.repeat(3_000_000);
    const first = jsonBytes((writer) => writer.string('first'));
    const large = jsonBytes((writer) => {
      writer.raw('[');
      writer.object([stored({ key: long, json: JSON.stringify(long) })]);
      writer.raw(']');
    });
    const last = jsonBytes((writer) => writer.string('last'));
    expect(JSON.parse(large.toString())).toEqual([{ [long]: long }]);
    expect([first.toString(), last.toString()]).toEqual(['"first"', '"last"']);
  });
});

describe('membersJson()', () => {
  test('writes values, and lets functions write theirs', () => {
    const members = {
      number: 1,
      nothing: undefined,
      list: ['ä'],
      object: (writer: Parameters<Parameters<typeof jsonBytes>[0]>[0]) => writer.raw('{"a":1}'),
      null: null,
    };
    expect(membersJson(members).toString()).toBe(
      '{"number":1,"list":["ä"],"object":{"a":1},"null":null}',
    );
    expect(membersJson({ nothing: undefined }).toString()).toBe('{}');
  });
});
