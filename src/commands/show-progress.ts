/** A line on a terminal changes often; lines elsewhere go to a log. */
const LINE_CHANGES_EVERY_MS = 200;
const LINE_EVERY_MS = 5000;

/** Shows the progress of a command until the function that it returns is called: a line that
 * changes on a terminal, elsewhere a line from time to time. `textAt` says how far it is after so
 * many seconds. */
export function showProgress(
  textAt: (seconds: number, place: { isTerminal: boolean }) => string,
): () => void {
  const isTerminal = process.stdout.isTTY === true;
  const startedMs = performance.now();
  const show = () => {
    const text = textAt((performance.now() - startedMs) / 1000, { isTerminal });
    process.stdout.write(isTerminal ? `\r${text}\u001b[K` : `${text}\n`);
  };
  const timer = setInterval(show, isTerminal ? LINE_CHANGES_EVERY_MS : LINE_EVERY_MS);
  return () => {
    clearInterval(timer);
    show();
    if (isTerminal) process.stdout.write('\n');
  };
}
