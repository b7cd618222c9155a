// The files that are ours, for tests of the house style: generated code, protos of others and what
// an example has installed are not.

import { globSync, readFileSync } from 'node:fs';

/** A file with its path from the root of the repository. */
export type ProjectFile = { path: string; lines: string[] };

const NOT_OURS = /^(src\/gen|proto\/buf|proto\/vendor)\/|(^|\/)node_modules\//;

/** Our files that match any of these patterns. Throws where a pattern matches none: what is
 * looked for in no file is never found. */
export function projectFiles(...patterns: string[]): ProjectFile[] {
  const empty = patterns.filter((pattern) => globSync(pattern).length === 0);
  if (empty.length > 0) throw new Error(`there is no file ${empty.join(', ')}`);
  const paths = globSync(patterns).filter((path) => !NOT_OURS.test(path));
  return paths.sort().map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n') }));
}

/** Paths and lines of our files that match a pattern, as `path:line`. */
export function linesMatching(files: readonly ProjectFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, place) => (pattern.test(line) ? [`${path}:${place + 1}`] : [])),
  );
}

/** Whether a line is a comment, in TypeScript or Lua. */
export function isComment(line: string): boolean {
  return /^\s*(\/\/|\/\*|\*|--)/.test(line);
}
