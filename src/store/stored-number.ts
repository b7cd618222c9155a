// Numbers of a session as they are stored. A number that no session can have is damage, like a text
// in its place: it would only fail later, where it does not fit its field on the wire. numbers.lua,
// for the scripts, has the same bounds.

/** Revisions are below this, the highest uint32: so the next revision fits its field on the wire. */
const REVISION_END = 2 ** 32 - 1;

/** The first unix millisecond of the year 10000, which RFC 3339 cannot write. */
export const INSTANT_END_MS = 253_402_300_800_000;

/** Whether a number can be the revision of a session that takes more updates. */
export function isRevision(revision: number): boolean {
  return revision < REVISION_END;
}

/** Whether a number can be an instant of a session, in unix ms. */
export function isInstantMs(instantMs: number): boolean {
  return instantMs < INSTANT_END_MS;
}

/** A whole number from 0 on, from its digits; undefined if the text is not a number, or one that
 * is not `isPossible`. */
export function countFrom(
  text: string | undefined,
  isPossible: (number: number) => boolean = Number.isSafeInteger,
): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) && isPossible(Number(text))
    ? Number(text)
    : undefined;
}

/** An instant of a session, in unix ms; undefined if the text is not an instant. */
export function instantFrom(text: string | undefined): number | undefined {
  return countFrom(text, isInstantMs);
}

/** The highest revision in the heads of frames; 0 if there are none. */
export function highestRevision(frames: readonly { revision: number }[]): number {
  return frames.reduce((highest, { revision }) => Math.max(highest, revision), 0);
}
