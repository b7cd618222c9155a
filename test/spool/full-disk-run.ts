// Adds rows on a disk that others have filled, until they are refused. Takes a folder on that disk.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSpool } from '../../src/spool/open-spool.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';

const [, , directory = ''] = process.argv;
const MEBIBYTE = 1024 * 1024;
const maxBytes = 16 * MEBIBYTE;

let failures = 0;
const options = {
  directory,
  maxBytes,
  onFailure() {
    failures += 1;
  },
};
prepareSpool(directory, maxBytes);
const spool = await openSpool(options);

let filling = '';
try {
  writeFileSync(join(directory, 'others'), Buffer.alloc(8 * MEBIBYTE));
} catch (error) {
  filling = String((error as NodeJS.ErrnoException).code);
}

const numbers: number[] = [];
let refusal = '';
while (refusal === '') {
  try {
    numbers.push(await spool.add(Buffer.alloc(20_000, `${numbers.length}.`)));
  } catch (error) {
    refusal = (error as Error).message;
  }
}
const { bytes, maxBytes: rowsMaxBytes } = spool.usage();
await spool.close();
const again = await openSpool(options);
const found = again.recovered().map(({ number }) => number);
const isSame = JSON.stringify(found) === JSON.stringify(numbers);
const share = bytes / rowsMaxBytes;
process.stdout.write(
  JSON.stringify({ filling, refusal, share, found: isSame ? 'all' : found, failures }),
);
await again.close();
