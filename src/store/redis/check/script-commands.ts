import { loadScript } from '../scripts/script.ts';

/** The scripts that every store needs. */
export const SCRIPT_NAMES = [
  ...(['append', 'compact', 'confirm', 'erase', 'erase_again', 'erase_user', 'index'] as const),
  ...(['inspect_user', 'lock', 'note_ends', 'ping', 'quarantine', 'read', 'read_fields'] as const),
  ...(['settle_ends', 'sweep_ends', 'touch', 'unindex', 'unlock', 'unseal'] as const),
] as const;

const CALL = /redis\.p?call\(\s*'(\w+)'/g;

/** The commands that a script runs, in lower case. */
export function commandsOf(name: (typeof SCRIPT_NAMES)[number]): Set<string> {
  const calls = loadScript(name).lua.matchAll(CALL);
  return new Set([...calls].map(([, command = '']) => command.toLowerCase()));
}

/** The scripts that cannot run without a command: all of them for the one by which they are run. */
export function scriptsWith(command: string): string[] {
  if (command === 'evalsha' || command === 'eval') return [...SCRIPT_NAMES];
  return SCRIPT_NAMES.filter((name) => commandsOf(name).has(command));
}
