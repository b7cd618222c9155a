// Defaults of fields, for nodes that were placed with an earlier version: Cognigy gives them no
// value for a field that they did not have.

import type { INodeDescriptor } from '@cognigy/extension-tools';

/** A configuration in which the value of each field that has none is its default. A default with a
 * placeholder is none: only Cognigy resolves it. */
export function withDefaults<Config extends object>(
  fields: NonNullable<INodeDescriptor['fields']>,
  config: Config,
): Config {
  const defaults = fields.flatMap(({ key, defaultValue }) =>
    defaultValue === undefined || String(defaultValue).includes('{{') ? [] : [[key, defaultValue]],
  );
  const given = Object.entries(config).filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(defaults), ...Object.fromEntries(given) };
}
