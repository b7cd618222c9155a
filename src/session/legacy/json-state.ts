// The JSON layout (FastAPI): one object with sessionId, userId, flowId, timestamp, variables,
// context, and, after the first merge, lastUpdated. It has no checksum, so a flipped bit inside a
// text goes unnoticed, as it did before.

import { parseJson } from '../json/parse.ts';
import type { KeyValue } from '../json/value.ts';
import { VALUE_MAX_DEPTH } from '../limits.ts';
import { parseTimestamp } from '../timestamp.ts';
import type { LegacyState, ReadLegacyState } from './legacy-state.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

type Fields = Record<string, unknown>;

/** Reads the value found under a session's key. Never throws: damage is a result. */
export function readJsonState(stored: Uint8Array, sessionId: string): ReadLegacyState {
  let value: unknown;
  try {
    value = parseJson(UTF8.decode(stored));
  } catch {
    return { damage: 'not_json' };
  }
  if (!isObject(value)) return { damage: 'not_a_session' };
  const [variables, context] = [value.variables ?? {}, value.context ?? {}];
  if (typeof value.sessionId !== 'string' || !isObject(variables) || !isObject(context))
    return { damage: 'not_a_session' };
  if (value.sessionId !== sessionId) return { damage: 'wrong_session' };
  try {
    return { state: stateFrom(value, { sessionId, variables, context }) };
  } catch (error) {
    if (error instanceof OutOfLimits) return { damage: 'out_of_limits' };
    throw error;
  }
}

class OutOfLimits extends Error {}

function stateFrom(
  fields: Fields,
  { sessionId, variables, context }: { sessionId: string; variables: Fields; context: Fields },
): LegacyState {
  return {
    sessionId,
    userId: textFrom(fields.userId),
    flowId: textFrom(fields.flowId),
    variables: entriesFrom(variables),
    context: entriesFrom(context),
    history: [],
    timestamp: timestampFrom(fields.lastUpdated) || timestampFrom(fields.timestamp),
  };
}

/** A text, or a number's digits; empty for anything else. */
function textFrom(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.toWellFormed() : '';
}

/** Empty unless it is one. */
function timestampFrom(value: unknown): string {
  const text = textFrom(value);
  return parseTimestamp(text) ? text : '';
}

function entriesFrom(object: Fields): KeyValue[] {
  return Object.entries(object).map(([key, value]) => ({
    key: key.toWellFormed(),
    json: JSON.stringify(storable(value, 1)),
  }));
}

/** A value as it may be stored: Python keeps half of a character, which has no UTF-8 form. */
function storable(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number' && !Number.isFinite(value)) throw new OutOfLimits();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > VALUE_MAX_DEPTH) throw new OutOfLimits();
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), storable(inner, depth + 1)]),
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
