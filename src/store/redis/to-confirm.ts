// What replicas confirm of a write, by the status of its answer.

import type { ToConfirm } from './run-scripts.ts';

export function confirmedOfAppend(status: string): ReturnType<ToConfirm> {
  if (status === 'known') return 'earlier write';
  return status === 'stored' ? 'write' : undefined;
}

export function confirmedOfTouch(status: string): ReturnType<ToConfirm> {
  return status === 'touched' ? 'write' : undefined;
}

/** Its answer does not say whether it repeats another one. */
export function confirmedOfErase(status: string): ReturnType<ToConfirm> {
  return status === 'erased' ? 'earlier write' : undefined;
}
