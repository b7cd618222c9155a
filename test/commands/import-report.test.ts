// What the import command shows: counts, shares, ids for logs, and never an id of a session.

import { describe, expect, test } from 'vitest';
import type { ImportResult } from '../../src/commands/import-one.ts';
import {
  countResult,
  createTally,
  importReportText,
  isAnyUnreadable,
  progressText,
} from '../../src/commands/import-report.ts';
import { logIdOf } from '../../src/session/log-id.ts';

function tallyOf(results: Partial<Record<ImportResult, number>>, listMax = 2) {
  const tally = createTally();
  for (const [result, count] of Object.entries(results))
    for (let nth = 1; nth <= count; nth += 1) {
      const key = { kind: 'json', sessionId: `session ${nth}` } as const;
      countResult(tally, { key, result: result as ImportResult, listMax });
    }
  return tally;
}

const done = { isDryRun: false };

describe('the report', () => {
  test('counts by result, and lists the first sessions of those that were skipped', () => {
    const text = importReportText(tallyOf({ imported: 1200, bad_digest: 3 }), done);
    expect(text.split('\n')).toEqual([
      'Sessions by result:',
      '       1200  imported: are sessions now',
      '          3  bad_digest: skipped, damaged: the SHA-256 does not match the payload',
      `             ${logIdOf('session 1')} ${logIdOf('session 2')} …`,
      '',
    ]);
    expect(text).not.toContain('session 1');
  });

  test('lists all of them where they are few, and none where none are to be listed', () => {
    expect(importReportText(tallyOf({ not_json: 2 }), done)).toMatch(/\w{12} \w{12}\n$/);
    expect(importReportText(tallyOf({ not_json: 2 }, 0), done)).toMatch(/not JSON\n$/);
  });

  test('says so where there was nothing, and where nothing was changed', () => {
    expect(importReportText(createTally(), done)).toMatch(/nothing of a former service was found/);
    expect(importReportText(createTally(), { isDryRun: true })).toMatch(/^Nothing was changed/);
  });

  test.each<[ImportResult, boolean]>([
    ['imported', false],
    ['joined', false],
    ['known', false],
    ['erased', false],
    ['expired', false],
    ['bad_id', true],
    ['bad_length', true],
    ['not_a_session', true],
    ['too_large', true],
  ])('%s: a session may be missed is %s', (result, isMissed) => {
    expect(isAnyUnreadable(tallyOf({ [result]: 1 }))).toBe(isMissed);
  });
});

describe('the progress', () => {
  const tally = { ...tallyOf({ imported: 300, known: 100 }), scanned: 500 };

  test('is a bar on a terminal, and a line elsewhere', () => {
    const line = ' 50 %, 400 sessions found, 40 per second';
    const at = { total: 1000, seconds: 10 };
    expect(progressText(tally, { ...at, isBar: false })).toBe(line);
    expect(progressText(tally, { ...at, isBar: true })).toBe(
      `[${'#'.repeat(15)}${'.'.repeat(15)}] ${line}`,
    );
  });

  test.each([
    [0, 0, '100 %'],
    [1000, 0, ' 50 %'],
    [400, 1, '100 %'],
  ])('of %i keys after %i s is a share', (total, seconds, share) => {
    expect(progressText(tally, { total, seconds, isBar: false }).slice(0, 5)).toBe(share);
  });
});
