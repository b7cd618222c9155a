// Parameters of a query string. Each may be given once; the ones that nobody asks for are ignored.

import { invalid } from '../../session/errors.ts';
import type { Field } from './body-fields.ts';

/** A parameter as a field. Refuses (`invalid`) one that is empty or given twice: neither says
 * what is meant. */
export function parameterOf(query: URLSearchParams, name: string): Field {
  const pointer = `/${name}`;
  const [value, ...others] = query.getAll(name);
  if (value === '' || others.length > 0)
    throw invalid(pointer, `the parameter ${name} must have one value`);
  return { pointer, value };
}

/** A parameter that is `true` or `false`; false if there is none. */
export function flagOf(query: URLSearchParams, name: string): boolean {
  const { pointer, value } = parameterOf(query, name);
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw invalid(pointer, `the parameter ${name} must be true or false`);
}
