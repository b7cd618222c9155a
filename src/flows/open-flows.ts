import type { FollowedFlows, FollowFlowsOptions } from './follow-flows.ts';

/** The definitions of a folder, followed; or of no folder: then everything is accepted, and the
 * compiler of schemas is not even loaded. */
export async function openFlows(
  folder: string | undefined,
  options: FollowFlowsOptions,
): Promise<FollowedFlows> {
  if (folder === undefined)
    return { flows: { of: () => undefined }, failures: () => [], stop() {} };
  const { followFlows } = await import('./follow-flows.ts');
  return followFlows(folder, options);
}
