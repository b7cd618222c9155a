import type { ExportEnd, ExportProblem } from '../../service/listing/user-export.ts';
import { Refusal } from '../../session/errors.ts';

/** The problem that a refusal names is the first of these that there is. */
const REASONS: readonly ExportProblem['reason'][] = ['unavailable', 'too_large', 'damaged'];

/** Why an export is not complete; only what is `unavailable` may be there another time. */
export function incompleteExport({ problems, problemCount }: ExportEnd): Refusal {
  const found = new Set(problems.map(({ reason }) => reason));
  const reason = REASONS.find((one) => found.has(one)) ?? 'unavailable';
  return new Refusal(
    reason,
    `the export is not complete: ${problemCount} parts could not be read, which its end names` +
      (reason === 'unavailable' ? '; export again' : ''),
  );
}
