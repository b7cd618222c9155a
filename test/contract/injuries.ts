import type { MetadataField } from './store-under-test.ts';

/** What may be wrong with one sealed field of a session's metadata; undefined: it is missing. */
export const SEALED_INJURIES: [MetadataField, string | undefined][] = [
  ['revision', 'garbage'],
  ['revision', ''],
  ['revision', '1.5'],
  ['revision', '99999999999'],
  ['revision', undefined],
  ['incarnation', 'garbage'],
  ['incarnation', undefined],
  ['chain', 'garbage'],
  ['chain', ''],
  ['chain', undefined],
  ['created_at', 'garbage'],
  ['created_at', ''],
  ['created_at', '999999999999999'],
  ['created_at', undefined],
  ['expires_at', 'garbage'],
  ['expires_at', ''],
  ['expires_at', '999999999999999'],
  ['expires_at', undefined],
];

/** What may be wrong with what is counted of a session. */
const COUNT_INJURIES: [MetadataField, string | undefined][] = [
  ['snapshot_bytes', 'garbage'],
  ['snapshot_bytes', ''],
  ['delta_bytes', 'garbage'],
  ['delta_bytes', '1.5'],
  ['delta_bytes', undefined],
];

/** What may be wrong with one field of a session's metadata. */
export const INJURIES = [...SEALED_INJURIES, ...COUNT_INJURIES];

/** Whether damage to a field without its seal begins a new incarnation. */
export function costsTheIncarnation(field: MetadataField): boolean {
  return SEALED_INJURIES.some(([sealed]) => sealed === field);
}
