// The revision that a request asks for, in a body or in a query string.

import { invalid } from '../../session/errors.ts';
import { type Field, textFrom } from './body-fields.ts';

/** The largest that a session can have: RPCs carry revisions in 32 bits. */
const REVISION_MAX = 2 ** 32 - 1;

/** A revision; 0, for the latest, if none was asked for. */
export function revisionFrom(field: Field): number {
  const text = textFrom(field);
  const revision = /^\d{0,10}$/.test(text) ? Number(text) : Number.NaN;
  if (revision <= REVISION_MAX) return revision;
  throw invalid(field.pointer, 'revision must be a whole number from 1 on, or 0 for the latest');
}
