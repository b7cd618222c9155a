// node .ci/release/notes.ts TAG
//
// Prints the notes of a release: its entries in CHANGELOG.md. Refuses a tag that is not the version
// of package.json, and a version without entries.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

/** The notes of a tag. Throws, and says what is missing. */
export function notesOf(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`)
    throw new Error(`the tag is ${tag}, and package.json has the version ${version}`);
  const sections = changelog.split(/^## /m);
  const section = sections.find((text) => text.split('\n', 1)[0]?.trim() === version);
  const notes = section?.slice(section.indexOf('\n')).trim();
  if (!notes) throw new Error(`CHANGELOG.md has no entries under "## ${version}"`);
  return notes;
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const changelog = readFileSync(join(import.meta.dirname, '../../CHANGELOG.md'), 'utf8');
  process.stdout.write(`${notesOf(positionals[0] ?? '', manifest.version, changelog)}\n`);
}
