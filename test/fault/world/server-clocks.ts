// The wall clocks of the servers of a world, each of which can be set.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'server-clock.c');

export type ServerClocks = {
  /** Variables for the process of the server at that port. */
  environmentOf(port: number): Record<string, string>;
  /** How far that server's clock is ahead of the system's. */
  set(port: number, offsetMs: number): void;
  remove(): void;
};

/** Needs a C compiler, and throws where there is none. */
export function createServerClocks(): ServerClocks {
  const folder = mkdtempSync(join(tmpdir(), 'fault-clocks-'));
  const library = join(folder, 'server-clock.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE]);
  const fileOf = (port: number) => join(folder, `${port}`);
  const set = (port: number, offsetMs: number) => {
    // The server has the file mapped, so it is not replaced.
    writeFileSync(fileOf(port), new Uint8Array(BigInt64Array.of(BigInt(offsetMs)).buffer), {
      flag: 'r+',
    });
  };
  return {
    set,
    environmentOf(port) {
      writeFileSync(fileOf(port), new Uint8Array(8));
      return { LD_PRELOAD: library, CLOCK_OFFSET_FILE: fileOf(port) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
