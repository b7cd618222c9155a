// The image under test, built from this working tree by its Dockerfile.

import manifest from '../../package.json' with { type: 'json' };
import { podmanOutcome } from './podman.ts';

/** As the charts name it, in the registry of this machine alone. */
export const IMAGE = `localhost/cognigy-session-sidecar:${manifest.version}`;

const ROOT = new URL('../..', import.meta.url).pathname;

let building: Promise<string> | undefined;

/** Builds the image once a process, and answers its id. What has not changed since comes from
 * podman's cache. Base images that are missing are pulled. */
export function builtImage(): Promise<string> {
  building ??= buildImage(IMAGE);
  return building;
}

/** Builds the image under this name, with these `--build-arg`s, and answers its id. */
export async function buildImage(
  name: string,
  buildArguments: readonly string[] = [],
): Promise<string> {
  const given = buildArguments.map((argument) => `--build-arg=${argument}`);
  const options = [
    '--pull=missing',
    '--network=host',
    '--format=docker',
    '--quiet',
    ...given,
    '--tag',
    name,
  ];
  const { code, stdout, stderr } = await podmanOutcome(['build', ...options, ROOT]);
  if (code === 0) return stdout.trim().split('\n').at(-1) ?? '';
  throw new Error(
    `${stderr}\nWhere no registry is reached, test/image/base-images.sh makes the base images.`,
  );
}
