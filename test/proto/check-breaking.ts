// Refuses a change of the proto that breaks callers, or stored frames, compared with the branch
// main: the local one, else the one that was cloned. A clone without either is compared with its
// own last commit.

import { spawnSync } from 'node:child_process';

const BASES = ['refs/heads/main', 'refs/remotes/origin/main', 'HEAD'];

const base = BASES.find((ref) => git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`) !== '');
if (base === undefined)
  throw new Error('the proto is compared with a commit, and there is none here');

const against = `${git('rev-parse', '--git-common-dir')}#ref=${base},subdir=proto`;
const { status } = spawnSync('buf', ['breaking', 'proto', '--against', against], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

function git(...args: string[]): string {
  const { error, stdout } = spawnSync('git', args, { encoding: 'utf8' });
  if (error) throw new Error('git is needed to compare the proto with main', { cause: error });
  return stdout.trim();
}
