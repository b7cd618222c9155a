import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createFolder } from './small-spool.ts';

const RUN = join(import.meta.dirname, 'full-disk-run.ts');

test('a disk that becomes full later takes rows all the same, and as many', async () => {
  const script = 'mount -t tmpfs -o size=20m tmpfs "$0" && exec "$1" "$2" "$0"';
  const { stdout } = await promisify(execFile)('unshare', [
    ...['--user', '--map-root-user', '--mount', 'sh', '-c', script],
    ...[createFolder(), process.execPath, RUN],
  ]);
  expect(JSON.parse(stdout)).toEqual({
    filling: 'ENOSPC',
    refusal: expect.stringMatching(/^the spool is full/),
    share: expect.closeTo(1, 1),
    found: 'all',
    failures: 0,
  });
});
