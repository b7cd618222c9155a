// Names of values within a session: JSON pointers (RFC 6901) into the state as it is restored.

import { invalid } from '../errors.ts';
import { pointerToken } from '../json/value.ts';

/** A value that a pointer names. `path`: where it is within the value of its key. */
export type StateTarget =
  | { part: 'variables' | 'context'; key: string; path: string[] }
  | { part: 'userId' | 'flowId' }
  /** A visit of a node; the latest if the timestamp is undefined. */
  | { part: 'history'; nodeId: string; timestamp: string | undefined };

/** The pointer to a value, by the names on the way to it. */
export function pointerTo(tokens: readonly string[]): string {
  return tokens.map((token) => `/${pointerToken(token)}`).join('');
}

/** The names on the way to a value. Refuses (`invalid`) what is no pointer. */
export function tokensOf(pointer: string): string[] {
  const [first, ...tokens] = pointer.split('/');
  if (first !== '') throw invalid('/pointer', 'a pointer begins with /, as in /context/cart');
  return tokens.map((token) => {
    if (/~(?![01])/.test(token)) throw invalid('/pointer', 'in a pointer, ~ is written ~0');
    return token.replaceAll('~1', '/').replaceAll('~0', '~');
  });
}

/** Refuses (`invalid`) a pointer that leads to no single value of a session. */
export function parseStatePointer(pointer: string): StateTarget {
  const [part, key, ...path] = tokensOf(pointer);
  switch (part) {
    case 'variables':
    case 'context':
      if (key === undefined) break;
      return { part, key, path };
    case 'userId':
    case 'flowId':
      if (key !== undefined) break;
      return { part };
    case 'history':
      if (key === undefined || path.length > 1) break;
      return { part, nodeId: key, timestamp: path[0] };
  }
  throw invalid(
    '/pointer',
    'a pointer is /variables/KEY or /context/KEY, with more names for what is inside the value; ' +
      '/userId, /flowId, /history/NODE or /history/NODE/TIMESTAMP',
  );
}
