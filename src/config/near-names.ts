// Warns of variables with names similar to settings: without a warning, a misspelt setting would
// silently keep its default.

import { asVariable } from './other-names.ts';
import type { Environment } from './raw-settings.ts';

/** How many letters may be wrong. */
const DISTANCE_MAX = 2;

/** What people put before and after a name that they do not remember exactly. */
const PREFIXES = [
  'COGNIGY_SESSION_SIDECAR_',
  'COGNIGY_SESSION_',
  'COGNIGY_',
  'SIDECAR_',
  'CGS_',
  'APP_',
];
const SUFFIXES = ['_FILE', '_MS', '_SECONDS', '_BYTES', '_ADDRESS', '_ADDR'];

/** Shortest rest of a name without prefix and suffix; shorter ones match by chance. */
const STEM_MIN_LENGTH = 8;

/** Variables that package managers and Kubernetes set, and that may be similar by chance. */
const ORDINARY = /^(npm_|NPM_|KUBERNETES_|NODE_|XDG_)|_(SERVICE_HOST|SERVICE_PORT|PORT)$/;

/** One warning for each variable that is set, is not a setting, and is similar to one. */
export function nearNameWarnings(environment: Environment, ours: readonly string[]): string[] {
  return Object.keys(environment).flatMap((name) => {
    if (ours.includes(name) || ORDINARY.test(name)) return [];
    const meant = ours.find((our) => isNear(asVariable(name), our));
    return meant === undefined ? [] : [`${name} is not a setting; ${meant} is`];
  });
}

function isNear(name: string, our: string): boolean {
  const stem = stemOf(name);
  if (stem.length >= STEM_MIN_LENGTH && stem === stemOf(our)) return true;
  return (
    Math.abs(name.length - our.length) <= DISTANCE_MAX && editDistance(name, our) <= DISTANCE_MAX
  );
}

function stemOf(name: string): string {
  const prefix = PREFIXES.find((each) => name.startsWith(each)) ?? '';
  const suffix = SUFFIXES.find((each) => name.endsWith(each)) ?? '';
  return name.slice(prefix.length, name.length - suffix.length);
}

/** How many letters must be inserted, removed or replaced to get from one name to the other; a swap
 * of two neighbours counts as two. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const above = row;
    row = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const exchanged = (above[j] ?? 0) + (letter === other ? 0 : 1);
      row.push(Math.min(exchanged, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
