// The volumes of a played Pod: a folder of this machine for each, as the kubelet fills and
// exchanges them.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../helm/render.ts';
import { publishConfigMap } from '../support/config-map.ts';
import { textsOf } from './manifest-texts.ts';

// biome-ignore lint/suspicious/noExplicitAny: each kind of volume has a shape of its own.
type Volume = any;

export type PodFolders = {
  /** The folder of a volume, made at its first use. */
  folderOf(volume: Volume): string;
  /** Brings other Secrets and ConfigMaps into the folders, each exchanged in one step. */
  exchange(manifests: readonly Manifest[]): void;
  remove(): void;
};

/** Folders for the volumes of one Pod, with what these Secrets and ConfigMaps hold. */
export function createPodFolders(given: readonly Manifest[]): PodFolders {
  const root = mkdtempSync(join(tmpdir(), 'session-pod-'));
  // Whoever runs a container must get through to what is mounted.
  chmodSync(root, 0o755);
  const volumes = new Map<string, Volume>();
  let manifests = given;
  const fill = (volume: Volume) => {
    const files = filesOf(volume, manifests);
    if (files !== undefined) publishConfigMap(join(root, volume.name), files);
  };
  return {
    folderOf(volume) {
      const folder = join(root, volume.name);
      if (!volumes.has(volume.name)) {
        volumes.set(volume.name, volume);
        mkdirSync(folder);
        // An emptyDir is for every container of the Pod, whatever its user.
        chmodSync(folder, filesOf(volume, manifests) === undefined ? 0o777 : 0o755);
        fill(volume);
      }
      return folder;
    },
    exchange(next) {
      manifests = next;
      for (const volume of volumes.values()) fill(volume);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Files of a volume by name; undefined for one that begins empty. */
function filesOf(
  volume: Volume,
  manifests: readonly Manifest[],
): Record<string, string> | undefined {
  const { secret, configMap, projected } = volume;
  if (secret) return selected(textsOf(manifests, 'Secret', secret.secretName), secret.items);
  if (configMap) return selected(textsOf(manifests, 'ConfigMap', configMap.name), configMap.items);
  if (!projected) return undefined;
  const sources: Volume[] = projected.sources;
  return Object.assign(
    {},
    ...sources.map((source) =>
      filesOf(
        source.secret ? { secret: { ...source.secret, secretName: source.secret.name } } : source,
        manifests,
      ),
    ),
  );
}

function selected(
  texts: Record<string, string>,
  items: { key: string; path: string }[] | undefined,
): Record<string, string> {
  if (items === undefined) return texts;
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const text = texts[key];
      if (text === undefined) throw new Error(`a volume wants the key ${key}, which is not given`);
      return [path, text];
    }),
  );
}
