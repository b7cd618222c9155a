// A process with the permissions of the service that adds rows until it is killed. It prints the
// number and name of each row when it is acknowledged, and `done` with the number before it marks a
// row as done.

import { openSpool } from '../../src/spool/open-spool.ts';

const [, , directory = '', maxBytes = '0', run = ''] = process.argv;
const AT_ONCE = 20;

const onFailure = (error: Error) => {
  throw error;
};
// On a busy machine a disk may be slow.
const parts = { stallMs: 60_000 };
const spool = await openSpool({ directory, maxBytes: Number(maxBytes), onFailure }, parts);
process.stdout.write('open\n');
for (const { number } of spool.recovered().slice(0, -50)) finish(number);

let named = 0;
await Promise.all(Array.from({ length: AT_ONCE }, addForever));

async function addForever(): Promise<void> {
  for (;;) {
    named += 1;
    const name = `${run}-${named}`;
    const bytes = 200 + ((named * 97) % 4000);
    const number = await spool.add(new Uint8Array(Buffer.alloc(bytes, name)));
    process.stdout.write(`${number} ${name}\n`);
    if (named % 3 !== 0) finish(number);
  }
}

function finish(number: number): void {
  process.stdout.write(`done ${number}\n`);
  spool.done(number);
}
