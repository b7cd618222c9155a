// The versions that this one has to get along with, from their sources: work trees of this
// repository next to the dependencies of this version.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Version } from './sidecars.ts';

/** The last commit before stored forms began to change. */
const RELEASED = 'eaa82e262adef3b0848b990509d0670df1acb080';

/** Checks out the version before stored forms began to change. Throws, and says what to do, where
 * the repository does not have it. */
export function checkOutReleased(): Version & { remove(): void } {
  return checkOut(RELEASED);
}

/** Checks out the last release; until there is a tag, what checkOutReleased() does. */
export function checkOutLastRelease(): Version & { remove(): void } {
  return checkOut(lastTag() ?? RELEASED);
}

/** The last tag vX.Y.Z before the commit that is checked out in a folder; undefined if there is
 * none. A release is compared with the one before it, so a tag of that commit itself does not
 * count. */
export function lastTag(folder = '.'): string | undefined {
  const { status, stdout } = git(folder, 'describe', '--tags', '--abbrev=0', '--match=v*', 'HEAD^');
  return status === 0 ? stdout.trim() : undefined;
}

function checkOut(commit: string): Version & { remove(): void } {
  if (git('.', 'cat-file', '-e', `${commit}^{commit}`).status !== 0) {
    throw new Error(
      `commit ${commit} is not in this repository, and this version is tested next to that one: ` +
        'run the tests in a full clone, or bring it with git fetch --unshallow',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'released-version-'));
  const tree = join(folder, 'sources');
  const { status, stderr } = git('.', 'worktree', 'add', '--quiet', '--detach', tree, commit);
  if (status !== 0) throw new Error(`the released version cannot be checked out: ${stderr}`);
  symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
  return {
    name: 'released',
    main: join(tree, 'src/main.ts'),
    // It may read what lies in its own folder, so modules are known by their path there.
    nodeArguments: ['--preserve-symlinks'],
    environment: {},
    remove() {
      git('.', 'worktree', 'remove', '--force', tree);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function git(folder: string, ...args: string[]) {
  const { error, ...result } = spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
  if (error) throw new Error('git is needed to test next to a released version', { cause: error });
  return result;
}
