import type { FlowProblem } from '../session/flow/schema-problem.ts';

/** A problem in one line: its place in the file, if it has one, and what is wrong there. */
export function problemText({ pointer, message }: FlowProblem): string {
  return pointer === '' ? message : `${pointer}: ${message}`;
}
