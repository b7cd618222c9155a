import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepResult, keptRows, resultOf } from '../../bench/table/kept.ts';
import { isMet, percentile, rowOf, tableText } from '../../bench/table/result-table.ts';

const SHARE = rowOf('a save', [0.4, 0.5, 0.9], { unit: ' of floor', atLeast: 0.5 });

function fileOf(content?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'result.json');
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

test('a row has the median of its rounds, and is held to its limit', () => {
  expect(SHARE).toMatchObject({ figure: 0.5, low: 0.4, high: 0.9 });
  expect(isMet(SHARE)).toBe(true);
  expect(isMet({ ...SHARE, atLeast: 0.51 })).toBe(false);
  expect(isMet({ name: 'memory', figure: 91, unit: ' MB', atMost: 90 })).toBe(false);
  expect(isMet({ name: 'rate', figure: 1, unit: '' })).toBeUndefined();
});

test('a kept result is read back, and what changed is in the table', () => {
  const path = fileOf();
  keepResult(path, resultOf([SHARE]));
  const faster = rowOf('a save', [0.75], { unit: ' of floor', atLeast: 0.5 });
  const added = rowOf('a restore', [0.2], { unit: ' of floor', atLeast: 0.5 });
  const [, first, second] = tableText([faster, added], keptRows(path)).split('\n');
  expect(first?.split(/ {2,}/)).toEqual([
    ...['a save', '0.75 of floor', '>= 0.5 of floor', 'yes', '0.50 of floor', '+50 %'],
  ]);
  expect(second?.split(/ {2,}/)).toEqual(['a restore', '0.20 of floor', '>= 0.5 of floor', 'no']);
});

test('what is no result cannot be compared with', () => {
  expect(() => keptRows(fileOf('{}'))).toThrow('is not a result');
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 1000 }, (_, place) => 1000 - place);
  expect([0.5, 0.99, 0.999, 1].map((share) => percentile(values, share))).toEqual([
    ...[500, 990, 999, 1000],
  ]);
});
