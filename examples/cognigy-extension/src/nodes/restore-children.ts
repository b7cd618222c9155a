// The children of "Restore session": one for each thing that a restore may find out.

import { createNodeDescriptor, type INodeDescriptor } from '@cognigy/extension-tools';

export const RESTORE = 'restoreSession';

/** What a restore found out; each has its child. */
export type RestoreResult = 'found' | 'notFound' | 'fallback' | 'unavailable';

const CHILDREN: Readonly<Record<RestoreResult, { type: string; label: string; color: string }>> = {
  found: { type: 'sessionFound', label: 'Found', color: '#2f6f4f' },
  notFound: { type: 'sessionNotFound', label: 'Not found', color: '#5c6370' },
  fallback: { type: 'sessionFallback', label: 'Fallback', color: '#8a5a00' },
  unavailable: { type: 'sessionUnavailable', label: 'Unavailable', color: '#a02c2c' },
};

/** The type of the child for a result. */
export function childTypeOf(result: RestoreResult): string {
  return CHILDREN[result].type;
}

/** The children, in the order in which the flow shows them. */
export const restoreChildren: INodeDescriptor[] = Object.values(CHILDREN).map(
  ({ type, label, color }) =>
    createNodeDescriptor({
      type,
      parentType: RESTORE,
      defaultLabel: label,
      appearance: { color, textColor: 'white', variant: 'mini' },
      // Without a child the flow would have nowhere to continue.
      constraints: {
        editable: false,
        deletable: false,
        creatable: false,
        movable: false,
        collapsable: true,
        placement: { predecessor: { whitelist: [] } },
      },
    }),
);
