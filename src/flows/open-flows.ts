import type { FollowedFlows, FollowFlowsOptions } from './follow-flows.ts';

/** Follows the definitions of a folder. Without a folder everything is accepted, and the schema
 * compiler is not loaded. */
export async function openFlows(
  folder: string | undefined,
  options: FollowFlowsOptions,
): Promise<FollowedFlows> {
  if (folder === undefined)
    return { flows: { of: () => undefined }, failures: () => [], stop() {} };
  const { followFlows } = await import('./follow-flows.ts');
  return followFlows(folder, options);
}
