// What the injection's policy makes of a Pod, by its own CEL expressions. Types of the API server
// are maps here, and what is optional is asked for by `has`.

import { type CelInput, run } from '@bufbuild/cel';
import { injectedPartsOf } from './injected-parts.ts';
import { type Manifest, theOnly } from './render.ts';

type Operation = { op: string; path: string; value: unknown };

const OPTIONAL = /((?:\w+\.)*\w+)\.\?(\w+)\.orValue\((\[\]|false)\)/g;
const WITH_DEFAULT = '(has($1.$2) ? $1.$2 : $3)';
const TYPE = /\b(?:JSONPatch|Object(?:\.\w+)*)\{/g;
const KEY = /([{,]\s*)(\w+):/g;

/** The operations of the policy's JSON patch for a Pod. */
export function patchOf(manifests: Manifest[], pod: object): Operation[] {
  return evaluated(manifests, pod, 'jsonPatch') as Operation[];
}

/** The configuration that the policy applies to a Pod. */
export function appliedTo(manifests: Manifest[], pod: object): { spec: { containers: unknown[] } } {
  return evaluated(manifests, pod, 'applyConfiguration') as { spec: { containers: unknown[] } };
}

/** Whether the policy is for a Pod that has the label. */
export function isInjectedInto(manifests: Manifest[], pod: object): boolean {
  const { matchConditions } = theOnly(manifests, 'MutatingAdmissionPolicy').spec;
  return matchConditions.every(({ expression }: { expression: string }) =>
    run(expression.replace(OPTIONAL, WITH_DEFAULT), { object: pod as CelInput }),
  );
}

function evaluated(
  manifests: Manifest[],
  pod: object,
  kind: 'jsonPatch' | 'applyConfiguration',
): unknown {
  const policy = theOnly(manifests, 'MutatingAdmissionPolicy');
  const mutation = policy.spec.mutations.find((each: object) => kind in each);
  const expression = mutation[kind].expression
    .replace(OPTIONAL, WITH_DEFAULT)
    .replace(TYPE, '{')
    .replace(KEY, '$1"$2":');
  const variables = injectedPartsOf(manifests);
  return plain(run(expression, { object: pod, variables } as unknown as Record<string, CelInput>));
}

/** A value of CEL as one of JavaScript. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('get' in value && 'keys' in value && typeof value.keys === 'function') {
    const entries = value as unknown as Iterable<[string, unknown]>;
    return Object.fromEntries([...entries].map(([key, member]) => [key, plain(member)]));
  }
  return [...(value as Iterable<unknown>)].map(plain);
}
