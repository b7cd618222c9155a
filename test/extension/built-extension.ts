// The archive that Cognigy imports: built from a copy of the example, as its README says, and
// unpacked and installed elsewhere, so that nothing of this repository is within its reach.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = 'examples/cognigy-extension';
const ARCHIVE = 'session-sidecar-extension.tar.gz';
/** What somebody who works on the example has in its folder, and a clone has not. */
const NOT_CLONED = /\/(node_modules|build)(\/|$)|\.tar\.gz$/;

/** What the installation of this repository has brought already is taken from npm's cache. */
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--silent'];

/** A field of a node, as far as the tests look at it. */
export type Field = {
  key: string;
  label: string;
  type: string;
  defaultValue?: unknown;
  condition?: { key: string };
  params?: { connectionType?: string; options?: { value: string }[] };
};

/** What Cognigy reads of a node. */
export type NodeDescriptor = {
  type: string;
  defaultLabel: string;
  parentType: string | null;
  dependencies: { children: string[] };
  fields: Field[];
  sections: { key: string; fields: string[] }[];
  form: { type: 'field' | 'section'; key: string }[];
  function: ((params: object) => Promise<void>) | null;
};

/** What the archive's module exports. */
export type Extension = {
  nodes: NodeDescriptor[];
  connections: { type: string; fields: { fieldName: string }[] }[];
};

export type BuiltExtension = {
  /** The names in the archive, without folders. */
  names: string[];
  /** The folder that the archive is unpacked in. */
  folder: string;
  extension: Extension;
  remove(): void;
};

/** Builds the archive, unpacks it and loads its module. */
export function buildExtension(): BuiltExtension {
  const root = mkdtempSync(join(tmpdir(), 'cognigy-extension-'));
  const [source, folder] = [join(root, 'source'), join(root, 'unpacked')];
  cpSync(SOURCE, source, { recursive: true, filter: (path) => !NOT_CLONED.test(path) });
  const run = (cwd: string, program: string, args: string[]) =>
    // The compiler writes its errors to standard output.
    execFileSync(program, args, { cwd, stdio: 'inherit' });
  run(source, 'npm', ['ci', ...QUIET]);
  run(source, 'npm', ['run', '--silent', 'build']);
  mkdirSync(folder);
  const archive = join(source, ARCHIVE);
  const names = execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).split('\n');
  run(folder, 'tar', ['xzf', archive]);
  run(folder, 'npm', ['ci', ...QUIET, '--omit=dev']);
  const load = createRequire(join(folder, 'package.json'));
  return {
    names: names.filter((name) => name !== '' && !name.endsWith('/')).sort(),
    folder,
    extension: load(folder).default,
    remove: () => rmSync(root, { recursive: true }),
  };
}
