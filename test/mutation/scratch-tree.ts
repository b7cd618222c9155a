// A copy of the sources in which bugs can be planted, and the tests run.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What tests read, from the root of the repository. */
const COPIED = ['src', 'test', 'proto', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

export type Outcome = 'passed' | 'failed' | 'timed out';

export type ScratchTree = {
  write(file: string, text: string): void;
  /** Runs the test files of these patterns, until one test fails. */
  run(tests: string, timeoutMs: number): Promise<Outcome>;
  remove(): void;
};

export function createScratchTree(): ScratchTree {
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'));
  for (const each of COPIED) cpSync(each, join(folder, each), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return {
    write: (file, text) => writeFileSync(join(folder, file), text),
    async run(tests, timeoutMs) {
      const files = globSync(tests).filter((path) => path.endsWith('.test.ts'));
      const projects = ['--project', 'unit', '--project', 'redis'];
      const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
      const child = spawn(
        process.execPath,
        [vitest, 'run', ...projects, '--bail', '1', '--reporter', 'dot', ...files],
        // In a group of its own, so that its workers and servers end with it.
        { cwd: folder, stdio: 'ignore', detached: true },
      );
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        end();
      }, timeoutMs);
      process.once('exit', end);
      const [code] = await once(child, 'close');
      clearTimeout(timer);
      process.off('exit', end);
      if (isLate) return 'timed out';
      return code === 0 ? 'passed' : 'failed';

      function end(): void {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
