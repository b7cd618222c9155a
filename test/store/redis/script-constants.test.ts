// Constants that scripts and TypeScript both have. A script can import none, so what is the same
// number is written down on both sides, and compared here.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../../src');
const SCRIPTS = join(SOURCES, 'store/redis/scripts');

/** A constant, with the file that defines it. */
type Constant = { file: string; name: string; value: number | string };

/** What TypeScript calls it, where that is not the name of the scripts, and how many of it are one
 * of theirs. */
const NAMES_IN_TYPESCRIPT: Record<string, [name: string, factor?: number]> = {
  HEAD_BYTES: ['STORED_HEAD_BYTES'],
  PARKED_HEAD_BYTES: ['INSTANT_DIGITS', 2],
  SLACK_MS: ['INDEX_SLACK_MS'],
  PRUNED_AT_ONCE: ['PRUNED_PER_CALL'],
};

/** Other names that scripts have for one idea. */
const NAMES_IN_SCRIPTS: Record<string, string> = { AT_ONCE: 'HDEL_AT_ONCE' };

/** Numbers that only scripts have. Those that begin with FIRST_ are places of arguments. */
const IN_SCRIPTS_ALONE = [
  'CLOCK_SLACK_US',
  'ENDS_KEPT_MS',
  'FENCE_KEPT_MS',
  'HDEL_AT_ONCE',
  'PROBE_TTL_MS',
];

const inScripts = globSync('**/*.lua', { cwd: SCRIPTS }).flatMap(luaConstants);
/** A frame is drawn in a file of its own, since callers of the store make it. */
const inTypeScript = globSync(['store/**/*.ts', 'session/frame.ts'], { cwd: SOURCES }).flatMap(
  typeScriptConstants,
);

/** `local A, B = 1, 2` at the top of a script. A byte ('\2') is read as its number. */
function luaConstants(file: string): Constant[] {
  const text = readFileSync(join(SCRIPTS, file), 'utf8');
  return [...text.matchAll(/^local ([A-Z][A-Z0-9_, ]+) = (.+)$/gm)].flatMap(([, names, values]) => {
    const given = values?.split(', ') ?? [];
    return (names?.split(', ') ?? []).flatMap((name, place) => {
      const [, number, string] = /^(?:'?\\?(\d+)'?|'([^'\\]*)')$/.exec(given[place] ?? '') ?? [];
      const value = number === undefined ? string : Number(number);
      return value === undefined ? [] : [{ file, name, value }];
    });
  });
}

/** `const A = 2 * 60_000;` at the top of a file; others of the same file may be part of it. */
function typeScriptConstants(file: string): Constant[] {
  const text = readFileSync(join(SOURCES, file), 'utf8');
  const found = new Map<string, Constant>();
  for (const [, name = '', expression = ''] of text.matchAll(
    /^(?:export )?const ([A-Z][A-Z0-9_]+) = ([^;]+);/gm,
  )) {
    const known = expression.replace(/[A-Z][A-Z0-9_]+/g, (other) =>
      String(found.get(other)?.value ?? other),
    );
    if (!/^([\d_. ()+*/-]+|'[^'\\]*')$/.test(known)) continue;
    found.set(name, { file, name, value: runInNewContext(known) });
  }
  return [...found.values()];
}

/** The same constant in TypeScript, with the value that scripts should have. */
function inTypeScriptAs(name: string): Constant[] {
  const [plain, factor = 1] = NAMES_IN_TYPESCRIPT[name] ?? [name];
  return inTypeScript
    .filter((constant) => constant.name === plain)
    .map((constant) =>
      factor === 1 ? constant : { ...constant, value: factor * Number(constant.value) },
    );
}

const ideaOf = ({ name }: Constant) => NAMES_IN_SCRIPTS[name] ?? name;
const isPlace = ({ name }: Constant) => name.startsWith('FIRST_');
const ideas = [...new Set(inScripts.filter((constant) => !isPlace(constant)).map(ideaOf))];

it.each(ideas.map((idea) => [idea]))('%s is the same in all scripts, and in TypeScript', (idea) => {
  const same = [
    ...inScripts.filter((constant) => ideaOf(constant) === idea),
    ...inTypeScriptAs(idea),
  ];
  const [first] = same;
  expect(same).toEqual(same.map((constant) => ({ ...constant, value: first?.value })));
});

it('every number of the scripts is one of TypeScript, or known to be in scripts alone', () => {
  const numbers = inScripts.filter(
    (constant) => typeof constant.value === 'number' && !isPlace(constant),
  );
  const alone = numbers.map(ideaOf).filter((idea) => inTypeScriptAs(idea).length === 0);
  expect([...new Set(alone)].sort()).toEqual(IN_SCRIPTS_ALONE);
});

it('every name that differs from the other side is one that scripts have', () => {
  const differing = [...Object.keys(NAMES_IN_TYPESCRIPT), ...Object.keys(NAMES_IN_SCRIPTS)];
  const found = inScripts.map(({ name }) => name);
  expect(differing.filter((name) => !found.includes(name))).toEqual([]);
});

it.each(inScripts.filter(isPlace).map((place) => [place.file, place.name, place.value] as const))(
  '%s: %s is where the header lets a list of arguments begin',
  (file, _name, value) => {
    const script = readFileSync(join(SCRIPTS, file), 'utf8');
    const [argumentLines = ''] = /^-- ARGV [\s\S]*?(?=^-- Returns)/m.exec(script) ?? [];
    // `6, 7 name and fingerprint of a folded frame; 8, 9 of the next; ...`, or `2 session id   3
    // the next; ...`: three spaces before each.
    const places = argumentLines.replace(/ {3}\d+ the next; \.\.\./, '').matchAll(/ {3}(\d+)[, ]/g);
    const [, place] = [...places].at(-1) ?? [];
    expect(Number(place)).toBe(value);
  },
);
