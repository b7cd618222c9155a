// The reserve of a database that two processes have open: one of them releases it, for both.

import { mkdirSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { openReserve } from '../../../src/store/sqlite/reserve.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { appendOf, newSessionId } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const RESERVE_BYTES = 1_048_576;

/** Where a database would be, in a folder that exists. */
function newPath(): string {
  const path = scratchFile();
  mkdirSync(dirname(path));
  return path;
}

it('a reserve that another process releases is not held, until it is taken again', () => {
  const path = newPath();
  const [one, other] = [openReserve(path, RESERVE_BYTES), openReserve(path, RESERVE_BYTES)];
  one.take(0);
  expect([one.isHeld(), other.isHeld()]).toEqual([true, false]);
  other.take(0);
  expect(other.isHeld()).toBe(true);
  one.release();
  expect([one.isHeld(), other.isHeld()]).toEqual([false, false]);
  other.take(0);
  expect(other.isHeld()).toBe(true);
  expect(statSync(`${path}-reserve`).size).toBe(RESERVE_BYTES);
});

it('a reserve of which less is there than the log may need is not held', () => {
  const path = newPath();
  const reserve = openReserve(path, RESERVE_BYTES);
  reserve.take(0);
  truncateSync(`${path}-reserve`, RESERVE_BYTES - reserve.logMaxBytes);
  expect(reserve.isHeld()).toBe(true);
  truncateSync(`${path}-reserve`, RESERVE_BYTES - reserve.logMaxBytes - 1);
  expect(reserve.isHeld()).toBe(false);
});

it('a store writes nothing while another process makes room with the reserve of both', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path, reserveBytes: RESERVE_BYTES });
  await store.append(appendOf(newSessionId()));
  openReserve(path, RESERVE_BYTES).release();
  await expect(store.append(appendOf(newSessionId()))).rejects.toMatchObject({
    refusal: { kind: 'disk_full' },
  });
  // It has room, so the next ping takes the reserve back.
  await store.ping();
  expect(await store.append(appendOf(newSessionId()))).toMatchObject({ status: 'stored' });
  await store.close();
});
