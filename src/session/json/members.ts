// JSON objects some of whose members are JSON already.

import { jsonBytes, type WriteJson } from './json-writer.ts';

/** The JSON of an object with these members. One that is undefined is left out; one that
 * is a function writes its own value. */
export function membersJson(members: Record<string, unknown>): Buffer {
  return jsonBytes((writer) => {
    let separator = '{';
    for (const [key, value] of Object.entries(members)) {
      if (value === undefined) continue;
      writer.raw(separator);
      writer.string(key);
      writer.raw(':');
      if (isWriting(value)) value(writer);
      else if (typeof value === 'string') writer.string(value);
      else writer.raw(JSON.stringify(value));
      separator = ',';
    }
    writer.raw(separator === ',' ? '}' : '{}');
  });
}

function isWriting(value: unknown): value is WriteJson {
  return typeof value === 'function';
}
