// node .ci/release/proto-module.ts FOLDER
//
// Writes the proto as a module for the Buf Schema Registry: our files alone, with the name, the
// rules and the dependencies that buf.yaml gives to it. In this repository the dependency is a
// module next to it, so that nothing needs a network; there `buf dep update` finds it.

import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify, parse as yamlFrom } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

type BufModule = { path: string; name?: string; lint: object; breaking: object };
type BufConfig = { version: string; modules: BufModule[]; deps: string[] };

/** Writes the module into a folder, which it creates; returns its name. */
export function writeProtoModule(folder: string): string {
  const config: BufConfig = yamlFrom(readFileSync(join(ROOT, 'buf.yaml'), 'utf8'));
  const [ours] = config.modules;
  if (!ours?.name) throw new Error('the first module of buf.yaml has no name');
  const { name, lint, breaking } = ours;
  mkdirSync(folder, { recursive: true });
  for (const path of globSync('cognigy/**/*.proto', { cwd: join(ROOT, 'proto') }))
    cpSync(join(ROOT, 'proto', path), join(folder, path));
  cpSync(join(ROOT, 'proto/README.md'), join(folder, 'README.md'));
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  const { version, deps } = config;
  const published = { version, modules: [{ path: '.', name, lint, breaking }], deps };
  writeFileSync(join(folder, 'buf.yaml'), stringify(published));
  return name;
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [folder] = positionals;
  if (!folder) throw new Error('usage: node .ci/release/proto-module.ts FOLDER');
  process.stdout.write(`${writeProtoModule(folder)}\n`);
}
