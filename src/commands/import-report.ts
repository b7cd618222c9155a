// The output of the import command: progress, and what became of the keys. Counts and ids for logs,
// never ids of sessions or contents.

import { logIdOf } from '../session/log-id.ts';
import type { LegacyKey } from '../store/legacy-store.ts';
import { IMPORT_RESULTS, type ImportResult } from './import-one.ts';

const BAR_WIDTH = 30;

/** What the results mean. Those that are not skipped come first. */
const MEANINGS: Readonly<Record<ImportResult, string>> = {
  imported: 'are sessions now',
  joined: 'were merged, as what is older, into sessions that had begun without them',
  known: 'had been imported before',
  erased: 'skipped and removed: the session or its user was erased',
  expired: 'skipped: they expired meanwhile',
  bad_id: 'skipped: the id is too long, or stands for a missing value',
  bad_length: 'skipped, damaged: the length prefix does not match the bytes',
  bad_digest: 'skipped, damaged: the SHA-256 does not match the payload',
  bad_layout: 'skipped, damaged: the payload is not of the layout',
  not_json: 'skipped, damaged: they are not JSON',
  not_a_session: 'skipped: they are JSON of something else',
  wrong_session: 'skipped, damaged: they name another session',
  too_large: 'skipped: they are larger than any session may be',
  out_of_limits: 'skipped: a value is nested too deep, or a number is too large',
};

/** What was done so far. */
export type ImportTally = {
  /** Keys of any kind that were gone through. */
  scanned: number;
  counts: Map<ImportResult, number>;
  /** Ids for logs of the first keys with a result that skips them. */
  examples: Map<ImportResult, string[]>;
};

export function createTally(): ImportTally {
  return { scanned: 0, counts: new Map(), examples: new Map() };
}

/** Counts a result; remembers at most `listMax` sessions that were skipped, of each kind. */
export function countResult(
  { counts, examples }: ImportTally,
  { key, result, listMax }: { key: LegacyKey; result: ImportResult; listMax: number },
): void {
  counts.set(result, (counts.get(result) ?? 0) + 1);
  if (!isSkipped(result)) return;
  const listed = examples.get(result) ?? [];
  if (listed.length < listMax) examples.set(result, [...listed, logIdOf(key.sessionId)]);
}

/** Whether a key was skipped whose state may be missed: not one that was erased, or expired. */
export function isAnyUnreadable({ counts }: ImportTally): boolean {
  const isMissed = (result: ImportResult) => isSkipped(result) && !isGone(result);
  return [...counts.keys()].some(isMissed);
}

function isSkipped(result: ImportResult): boolean {
  return MEANINGS[result].startsWith('skipped');
}

function isGone(result: ImportResult): boolean {
  return result === 'erased' || result === 'expired';
}

/** One line: how far it is. `total`: roughly how many keys there are. */
export function progressText(
  { scanned, counts }: ImportTally,
  { total, seconds, isBar }: { total: number; seconds: number; isBar: boolean },
): string {
  const share = total > 0 ? Math.min(1, scanned / total) : 1;
  const found = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const perSecond = seconds > 0 ? Math.round(found / seconds) : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = isBar ? `[${'#'.repeat(filled).padEnd(BAR_WIDTH, '.')}] ` : '';
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${bar}${percent}, ${found} sessions found, ${perSecond} per second`;
}

/** The results, a line each, with the ids of those that were skipped. */
export function importReportText(
  { counts, examples }: ImportTally,
  { isDryRun }: { isDryRun: boolean },
): string {
  const lines = IMPORT_RESULTS.flatMap((result) => {
    const count = counts.get(result);
    if (count === undefined) return [];
    const ids = examples.get(result) ?? [];
    const more = count > ids.length ? ' …' : '';
    return [
      `  ${String(count).padStart(9)}  ${result}: ${MEANINGS[result]}`,
      ...(ids.length > 0 ? [`             ${ids.join(' ')}${more}`] : []),
    ];
  });
  const title = isDryRun ? 'Nothing was changed. An import would give:' : 'Sessions by result:';
  const body = lines.length > 0 ? lines : ['  nothing of a former service was found'];
  return [title, ...body].map((line) => `${line}\n`).join('');
}
