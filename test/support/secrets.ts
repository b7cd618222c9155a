import { type AcceptedSecret, UNNAMED_CALLER } from '../../src/session/caller.ts';

/** Secrets without names, as a listener accepts them. */
export function unnamedSecrets(...secrets: string[]): readonly AcceptedSecret[] {
  return secrets.map((secret) => ({ secret, caller: UNNAMED_CALLER }));
}
