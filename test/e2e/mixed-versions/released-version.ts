// The version that this one has to get along with, from its sources: a work tree of this repository
// beside the dependencies of this version.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Version } from './sidecars.ts';

/** The last commit before stored forms began to change. */
const RELEASED = 'eaa82e262adef3b0848b990509d0670df1acb080';

/** Checks the version out. Throws, and says what to do, where the repository does not have it. */
export function checkOutReleased(): Version & { remove(): void } {
  if (git('cat-file', '-e', `${RELEASED}^{commit}`) !== '') {
    throw new Error(
      `commit ${RELEASED} is not in this repository, and this version is tested beside that one: ` +
        'run the tests in a full clone, or bring it with git fetch --unshallow',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'released-version-'));
  const tree = join(folder, 'sources');
  const failure = git('worktree', 'add', '--quiet', '--detach', tree, RELEASED);
  if (failure !== '') throw new Error(`the released version cannot be checked out: ${failure}`);
  symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
  return {
    name: 'released',
    main: join(tree, 'src/main.ts'),
    // It may read what lies in its own folder, so modules are known by their path there.
    nodeArguments: ['--preserve-symlinks'],
    environment: {},
    remove() {
      git('worktree', 'remove', '--force', tree);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What Git says against it; nothing if it was done. */
function git(...args: string[]): string {
  const { error, status, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (error) throw new Error('git is needed to test beside the released version', { cause: error });
  return status === 0 ? '' : stderr.trim() || `git ended with ${status}`;
}
