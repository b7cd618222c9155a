// Limits: how long a call may take, and what Cognigy allows a node.

import type { INodeDescriptor } from '@cognigy/extension-tools';

type Field = NonNullable<INodeDescriptor['fields']>[number];

/** Cognigy ends a node after 20 s. */
const LONGEST_S = 18;
const DEFAULT_S = 10;

/** The field for the time of all attempts of a call. */
export const timeLimitField: Field = {
  key: 'timeLimitSeconds',
  type: 'number',
  label: 'Time limit in seconds',
  description: `All attempts together, 1 to ${LONGEST_S}: Cognigy ends a node after 20 s.`,
  defaultValue: DEFAULT_S,
  params: { min: 1, max: LONGEST_S },
};

/** The time of all attempts of a call, within what Cognigy allows. */
export function timeLimitMsOf(seconds: unknown): number {
  const number = Number(seconds);
  const limit = Number.isFinite(number) && number > 0 ? number : DEFAULT_S;
  return Math.min(Math.max(limit, 1), LONGEST_S) * 1000;
}

/** How many actions of its API Cognigy allows an execution of a node, logging apart. */
export const API_CALLS = 10;

/** How large a value Cognigy accepts, in the bytes of object-size.ts: 62 KB for an argument of its
 * API, 64 KB for the whole context. */
export const VALUE_BYTES = 62_000;

/** The fields for installations that allow more. */
export const platformFields: Field[] = [
  {
    key: 'apiCalls',
    type: 'number',
    label: 'API calls that Cognigy allows a node',
    defaultValue: API_CALLS,
    params: { min: 3 },
  },
  {
    key: 'valueBytes',
    type: 'number',
    label: 'Largest value and context that Cognigy accepts, in bytes',
    description: 'A character counts as two bytes.',
    defaultValue: VALUE_BYTES,
    params: { min: 1000 },
  },
];
