// node helm/write-values-table.ts
//
// Writes the table of values in the README of each chart from its values.yaml: a row for each value
// whose comment begins with `# -- `, as in other charts, with the default below it. A value without
// such a comment belongs to the row of the section above it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const APPLICATION = join(import.meta.dirname, 'cognigy-session-sidecar');

/** The folders of the charts whose READMEs have a table. */
export const DOCUMENTED_CHARTS = [APPLICATION, join(APPLICATION, 'charts/session-sidecar')];

const HEAD = '| value | default | what it is for |\n|---|---|---|\n';
const TABLE = new RegExp(`${escaped(HEAD)}(\\|.*\\n)*`);
const SHOWN_THERE = 'as in `values.yaml`';

/** The README with the table that these values have. Throws if it has none, or if a value has no
 * comment. */
export function withValuesTable(readme: string, values: string): string {
  if (!TABLE.test(readme)) throw new Error('the README has no table of values');
  return readme.replace(TABLE, () => HEAD + tableOf(values));
}

function tableOf(text: string): string {
  const rows = [...documentedIn(text)];
  const leaves = leavesOf(parse(text));
  const undocumented = leaves.filter(({ path }) => !rows.some((row) => isWithin(path, row.path)));
  if (undocumented.length > 0)
    throw new Error(
      `no comment with "# -- " at ${undocumented.map(({ path }) => path).join(', ')}`,
    );
  const defaults = new Map(leaves.map(({ path, value }) => [path, value]));
  const shown = (path: string) => (defaults.has(path) ? shownAs(defaults.get(path)) : SHOWN_THERE);
  return rows.map(({ path, about }) => `| \`${path}\` | ${shown(path)} | ${about} |\n`).join('');
}

/** The values with a comment of their own, in their order. */
function* documentedIn(text: string): Generator<{ path: string; about: string }> {
  const above: { indent: number; name: string }[] = [];
  let about: string[] = [];
  for (const line of text.split('\n')) {
    const [, comment] = /^ *# ?(.*)$/.exec(line) ?? [];
    const [, spaces = '', name] = /^( *)(\w+):/.exec(line) ?? [];
    if (comment?.startsWith('-- ')) about = [comment.slice('-- '.length)];
    else if (comment !== undefined && about.length > 0) about.push(comment);
    else if (name !== undefined) {
      while ((above.at(-1)?.indent ?? -1) >= spaces.length) above.pop();
      above.push({ indent: spaces.length, name });
      const path = above.map((each) => each.name).join('.');
      if (about.length > 0) yield { path, about: about.join(' ') };
      about = [];
    }
  }
}

type Leaf = { path: string; value: unknown };

function leavesOf(value: unknown, path = ''): Leaf[] {
  const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
  const members = isSection ? Object.entries(value) : [];
  if (members.length === 0) return [{ path, value }];
  return members.flatMap(([name, member]) => leavesOf(member, path ? `${path}.${name}` : name));
}

const isWithin = (path: string, section: string) => `${path}.`.startsWith(`${section}.`);

function shownAs(value: unknown): string {
  const isEmpty =
    value === '' ||
    value === null ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  if (isEmpty) return '–';
  return typeof value === 'object' ? SHOWN_THERE : `\`${value}\``;
}

function escaped(text: string): string {
  return text.replaceAll(/[|]/g, '\\|');
}

if (import.meta.main) {
  for (const folder of DOCUMENTED_CHARTS) {
    const readme = join(folder, 'README.md');
    const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    writeFileSync(readme, withValuesTable(readFileSync(readme, 'utf8'), values));
  }
}
