// Files that are followed while the service runs: secrets, certificates, keys. follow-files.ts does
// the following.

/** A file, and the variable that names it. */
export type NamedFile = {
  variable: string;
  /** Absolute. */
  path: string;
};

/** Files that only make sense together, such as a certificate and its key; or a single file. */
export type FollowedFiles = {
  /** What the log calls them: "a secret", "a certificate". */
  what: string;
  files: readonly NamedFile[];
  /** Puts the given contents of the files, in their order, into force. If they cannot be used, it
   * throws, with a message that shows no secret, and the last good contents stay in force. */
  take(contents: readonly string[]): 'changed' | 'unchanged';
};

/** A line about a file that cannot be read. */
export function unreadableFileText({ variable, path }: NamedFile, error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? error.code : error;
  return `${variable} names ${path}, which cannot be read: ${reason}`;
}
