// Files that are followed while the service runs: secrets, certificates, keys. What follows them is
// follow-files.ts.

/** A file, and the variable that names it. */
export type NamedFile = {
  variable: string;
  /** Absolute. */
  path: string;
};

/** Files that only make sense together, such as a certificate and its key; or one that stands
 * alone. */
export type FollowedFiles = {
  /** What the log calls them: "a secret", "a certificate". */
  what: string;
  files: readonly NamedFile[];
  /** Takes what stands in the files now, in their order. Throws if it does not serve, with a
   * message that shows no secret; the last good content then stands. */
  take(contents: readonly string[]): 'changed' | 'unchanged';
};

/** The problem of a file that cannot be read, as a line. */
export function unreadableFileText({ variable, path }: NamedFile, error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? error.code : error;
  return `${variable} names ${path}, which cannot be read: ${reason}`;
}
