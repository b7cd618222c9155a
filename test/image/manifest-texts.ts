import type { Manifest } from '../helm/render.ts';

/** Texts of a Secret or ConfigMap by their keys. Throws if it is not among the manifests. */
export function textsOf(
  manifests: readonly Manifest[],
  kind: 'Secret' | 'ConfigMap',
  name: string,
): Record<string, string> {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`the Pod wants the ${kind} ${name}, which is not given`);
  if (kind === 'ConfigMap') return found.data ?? {};
  const decoded = Object.entries((found.data ?? {}) as Record<string, string>).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString()],
  );
  return { ...Object.fromEntries(decoded), ...found.stringData };
}
