// docs/operate/ says what was measured: its tables, its worked example and its plot are those of
// the figures in measured.json.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE_FILE, PLOT_FILE, pageText, readMeasured } from '../../bench/growth/documents.ts';
import { plotText } from '../../bench/growth/plot.ts';
import { type Demand, sizeOf } from '../../bench/growth/sizing.ts';

const page = readFileSync(PAGE_FILE, 'utf8');
const measured = readMeasured();

const CONSTANTS = {
  ...{ conversationServiceMs: 10, conversationRedisMs: 2, conversationRoundTrips: 30 },
  ...{ conversationRedisBytes: 2 ** 13, idleMebibytes: 90, loadedMebibytes: 129 },
};
const SMALL: Demand = { conversationsPerSecond: 1, liveSessions: 1000, shardMebibytes: 1024 };

test('the constants and tables of the page are those that were measured', () => {
  expect(page).toBe(pageText(page, measured));
});

test('the plot is that of what was measured', () => {
  expect(readFileSync(PLOT_FILE, 'utf8')).toBe(plotText(measured));
});

test('another measurement would change the page', () => {
  const { constants } = measured;
  const slower = { ...constants, conversationServiceMs: 2 * constants.conversationServiceMs };
  expect(pageText(page, { ...measured, constants: slower })).not.toBe(page);
});

test('a page without a place for a table is refused', () => {
  const without = page.replace('<!-- kilobytes, from measured.json -->', '');
  expect(() => pageText(without, measured)).toThrow('no place for kilobytes');
});

test.each([
  ['a small load has what survives a loss', SMALL, { gateways: 2, shards: 3 }],
  ['10 ms at 200 a second are 2 cores', { conversationsPerSecond: 200 }, { gateways: 4 }],
  ['2 ms at 1250 a second are 2.5 cores', { conversationsPerSecond: 1250 }, { shards: 5 }],
  ['a million of 8 KiB are 7813 MiB', { liveSessions: 1_000_000 }, { shards: 11 }],
  ['more memory in a shard', { liveSessions: 1_000_000, shardMebibytes: 4096 }, { shards: 3 }],
  ['memory of a process', {}, { memoryRequestMebibytes: 160, memoryLimitMebibytes: 320 }],
])('a size follows from its load: %s', (_, demand, size) => {
  expect(sizeOf({ ...SMALL, ...demand }, CONSTANTS)).toMatchObject(size);
});
