// Results as JSON, so that a later run can be compared with them.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Row } from './result-table.ts';

/** Where it was measured, and what. */
export type Result = { node: string; processor: string; rows: Row[] };

/** What this run measured. */
export function resultOf(rows: Row[]): Result {
  return { node: process.version, ...machine(), rows };
}

/** The machine on which this runs. */
export function machine(): { processor: string } {
  const all = cpus();
  return { processor: `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}` };
}

export function keepResult(path: string, result: object): void {
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}

/** Refuses a file without rows. */
export function keptRows(path: string): Row[] {
  const { rows } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Result>;
  if (!Array.isArray(rows)) throw new Error(`${path} is not a result that the bench has written`);
  return rows;
}
