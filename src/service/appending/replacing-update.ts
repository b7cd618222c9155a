// Updates that replace a part of the session (`replace`), and when they are refused.

import { invalid, Refusal } from '../../session/errors.ts';
import { SECOND_FORMAT, type WriteFormat } from '../../session/format.ts';
import { ANY_SESSION, NO_SESSION } from '../conditions.ts';
import type { PersistCommand } from '../session-service.ts';

/** Refuses (`invalid`) an update that replaces, and neither says when it happened nor what its
 * sender has read: it would come after everything that was received before it, also what its sender
 * does not know of. */
export function checkIsOrdered(
  { replace, timestamp, lockToken }: Pick<PersistCommand, 'replace' | 'timestamp' | 'lockToken'>,
  ifMatch: string,
): void {
  if (replace.length === 0 || timestamp !== '' || lockToken !== '') return;
  if (!['', ANY_SESSION, NO_SESSION].includes(ifMatch)) return;
  throw invalid(
    '/replace',
    'an update that replaces needs a timestamp, an etag as ifMatch, or a lockToken: ' +
      'they say which other updates come before it',
  );
}

/** The refusal (`forbidden`) of an update that replaces, where its form may not be written yet. */
export function notWritable(
  { replace }: { replace: readonly string[] },
  writeFormat: WriteFormat,
): Refusal | undefined {
  if (replace.length === 0 || writeFormat >= SECOND_FORMAT) return undefined;
  return new Refusal(
    'forbidden',
    `an update that replaces is stored in format ${SECOND_FORMAT}, and WRITE_FORMAT is ` +
      `${writeFormat}; nothing was stored: set WRITE_FORMAT=${SECOND_FORMAT} once every process ` +
      'on the store can read that format',
  );
}
