// Lua scripts: each has a file of its own in this folder, whose header says what it promises.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type Script = { lua: string; sha1: string };

export type ScriptArguments = (string | Buffer)[];

/** A line that is replaced by a part that several scripts share: parts/<name>.lua. */
const PART = /^-- (\w+)\.lua$/gm;

/** Names of the scripts that were read, by text and digest. */
const names = new Map<string, string>();

/** Reads <name>.lua and includes its parts. Throws if there is no such file. */
export function loadScript(name: string): Script {
  const lua = textOf(name).replace(PART, (_, part) => textOf(`parts/${part}`));
  const sha1 = createHash('sha1').update(lua).digest('hex');
  names.set(lua, name).set(sha1, name);
  return { lua, sha1 };
}

/** The name of a script by its text or its digest; undefined if it was not read here. */
export function scriptNameOf(text: string): string | undefined {
  return names.get(text);
}

function textOf(path: string): string {
  return readFileSync(new URL(`${path}.lua`, import.meta.url), 'utf8');
}

/** Runs a script without time bounds on its keys (run-scripts.ts runs the others): by its digest, or
 * with its text if the server does not have it yet. */
export async function runScript(
  client: Redis,
  { lua, sha1 }: Script,
  { keys, args }: { keys: readonly string[]; args: ScriptArguments },
): Promise<unknown> {
  try {
    return await client.callBuffer('evalsha', [sha1, keys.length, ...keys, ...args]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return await client.callBuffer('eval', [lua, keys.length, ...keys, ...args]);
  }
}
