// How a process ends that cannot do its work: with lines on standard error, and an exit code.

export const EXIT_FAILURE = 1;
/** Wrong arguments. */
export const EXIT_USAGE = 64;
/** The configuration cannot be used. */
export const EXIT_CONFIG = 78;

/** Writes lines to standard error. */
export function warn(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}

/** Ends the process with these lines on standard error. */
export function end(code: number, ...lines: string[]): never {
  warn(...lines);
  process.exit(code);
}
