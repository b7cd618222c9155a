import type { ExportEnd } from '../../service/listing/user-export.ts';
import { Refusal } from '../../session/errors.ts';

/** Why an export is not complete: `unavailable`, if it may be another time, or `damaged`. */
export function incompleteExport({ problems, problemCount }: ExportEnd): Refusal {
  const isPassing = problems.some(({ reason }) => reason !== 'damaged');
  return new Refusal(
    isPassing ? 'unavailable' : 'damaged',
    `the export is not complete: ${problemCount} parts could not be read, which its end names` +
      (isPassing ? '; export again' : ''),
  );
}
