// What a save takes from the flow.

import { isMarkedAnswer } from './answer';
import type { JsonObject } from './flow-api';

/** The text that Cognigy puts in the place of a value that made the context too large. */
const COGNIGY_ERROR = /^Cannot add value to context for key .*: exceeded maximum context size\.$/;

/** What of the context is saved, and which keys were left out because they hold an error. */
export type ContextPart = { context: JsonObject; lost: string[] };

/** The context of the flow: all of it, or some keys. Without the answers of these nodes, which
 * would save the session within itself; and without values that Cognigy has replaced by an error,
 * which would overwrite what was saved of them. */
export function contextPart(context: JsonObject, onlyKeys: readonly string[]): ContextPart {
  const entries = Object.entries(context)
    .filter(([key]) => onlyKeys.length === 0 || onlyKeys.includes(key))
    .filter(([, value]) => !isMarkedAnswer(value));
  const isLost = ([, value]: [string, unknown]) => COGNIGY_ERROR.test(Object(value).error);
  return {
    // fromEntries defines keys; assigning one named __proto__ would set the prototype.
    context: Object.fromEntries(entries.filter((entry) => !isLost(entry))),
    lost: entries.filter(isLost).map(([key]) => key),
  };
}

/** The variables: what the field of the node says, or the contact profile if it is empty. It may
 * be JSON text. Undefined if it is neither an object nor the text of one. */
export function variablesPart(field: unknown, profile: JsonObject): JsonObject | undefined {
  const value = typeof field === 'string' && field.trim() !== '' ? parsed(field) : field;
  if (value === undefined || value === null || value === '') return profile;
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.keys(value).length === 0 ? profile : (value as JsonObject);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
