import { celValue } from './cel-value.ts';
import type { ExamplePod } from './example-pod.ts';
import { type Manifest, theOnly } from './render.ts';

/** What the injection's policy puts into a Pod, by the names of its variables. */
export function injectedPartsOf(manifests: Manifest[]): ExamplePod['spec'] {
  const policy = theOnly(manifests, 'MutatingAdmissionPolicy');
  const variables: { name: string; expression: string }[] = policy.spec.variables;
  return Object.fromEntries(variables.map(({ name, expression }) => [name, celValue(expression)]));
}
