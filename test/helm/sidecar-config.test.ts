// The environment that the library chart makes, read by the service's own code: with the files that
// its volumes bring, and with no others.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConfigResult, readConfig } from '../../src/config.ts';
import {
  createAuthority,
  type IssuedCertificate,
  type TestAuthority,
} from '../support/certificates.ts';
import { keyRingText } from '../support/encryption-keys.ts';
import { type ExamplePod, environmentOf, renderExamplePod } from './example-pod.ts';
import { VARIANTS } from './variants.ts';

const EXAMPLES = VARIANTS.filter(({ chart }) => chart === 'example');

let authority: TestAuthority;
let client: IssuedCertificate;
beforeAll(() => {
  authority = createAuthority();
  client = authority.issue('sidecar');
});
afterAll(() => authority.remove());

describe.each(EXAMPLES)('$name', ({ file }) => {
  const rendered = renderExamplePod({ values: [file] });

  test('the service takes it, and has nothing to warn of', async () => {
    const { problems, warnings } = configOf(await rendered);
    expect({ problems, warnings }).toEqual({ problems: undefined, warnings: [] });
  });

  test('rpc is for nobody beyond the Pod, and there is no webhook', async () => {
    const { config } = configOf(await rendered);
    expect(config?.listen.webhook).toBeUndefined();
    expect(config?.listen.rpc).toSatisfy(
      (rpc: object) => 'path' in rpc || ('host' in rpc && rpc.host === '127.0.0.1'),
    );
  });

  test('every file is followed where the kubelet exchanges it: in a volume that is mounted whole', async () => {
    const { sidecar } = await rendered;
    for (const { name, subPath } of sidecar.volumeMounts) expect(subPath, name).toBeUndefined();
  });

  test('a volume has no file that the service does not read', async () => {
    const pod = await rendered;
    const { config } = configOf(pod);
    const followed =
      config?.followedFiles.flatMap(({ files }) => files.map(({ path }) => path)) ?? [];
    expect(filesOf(pod).sort()).toEqual(followed.sort());
  });
});

function configOf(pod: ExamplePod): ConfigResult {
  const files = filesOf(pod);
  return readConfig(environmentOf(pod.sidecar), {
    readFile: (path) => {
      if (!files.includes(path)) throw new Error(`no volume brings ${path}`);
      if (path.endsWith('/ca.crt')) return authority.ca;
      if (path.endsWith('/tls.crt')) return client.cert;
      if (path.includes('/legacy/')) return 'redis://sessions:a-password@former:6379';
      if (path.includes('/encryption/')) return keyRingText('one');
      return path.endsWith('/tls.key') ? client.key : 'a password';
    },
    createSecret: () => {
      throw new Error('a sidecar presents no secret');
    },
  });
}

/** Paths of the files in the Secrets that the sidecar mounts. */
function filesOf({ spec, sidecar }: ExamplePod): string[] {
  return sidecar.volumeMounts.flatMap(
    ({ name, mountPath }: { name: string; mountPath: string }) => {
      const volume = spec.volumes.find((each: { name: string }) => each.name === name);
      const items: { path: string }[] = volume.secret?.items ?? [];
      return items.map(({ path }) => `${mountPath}/${path}`);
    },
  );
}
