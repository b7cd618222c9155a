import { readFileSync } from 'node:fs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { SETTINGS } from '../../src/config/settings.ts';
import { buildImage, builtImage } from './built-image.ts';
import { podman } from './podman.ts';

type ImageConfiguration = {
  User: string;
  WorkingDir: string;
  Entrypoint: string[];
  Cmd: string[];
  Env: string[];
  ExposedPorts: Record<string, unknown>;
  Labels: Record<string, string>;
  StopSignal: string;
  Volumes?: Record<string, unknown>;
};

const BUILD_TIMEOUT_MS = 120_000;

let image: ImageConfiguration;

beforeAll(async () => {
  image = await configurationOf(await builtImage());
});

async function configurationOf(id: string): Promise<ImageConfiguration> {
  return JSON.parse(await podman('image', 'inspect', '--format={{json .Config}}', id));
}

test('it runs the service, by Node, as a numeric user that is not root', () => {
  expect(image).toMatchObject({
    User: '65532:65532',
    WorkingDir: '/app',
    Entrypoint: ['/nodejs/bin/node', '--enable-source-maps'],
    Cmd: ['dist/main.cjs'],
  });
});

test('it is ended by the signal that the service ends well on', () => {
  expect(image.StopSignal).toBe('SIGTERM');
});

test('it declares no volume, which would be writable wherever the root file system is not', () => {
  expect(image.Volumes ?? {}).toEqual({});
});

test('it exposes the port of each listener', () => {
  const ports = (['WEBHOOK_LISTEN', 'RPC_LISTEN', 'ADMIN_LISTEN'] as const).map(
    (name) => `${SETTINGS[name].default.split(':').at(-1)}/tcp`,
  );
  expect(Object.keys(image.ExposedPorts).sort()).toEqual(ports.sort());
});

test('webhook and metrics are open beyond the container, the rpc listener is not, and no secret is set', () => {
  const ofBase = /^(PATH|SSL_CERT_FILE)=/;
  expect(image.Env.filter((variable) => !ofBase.test(variable)).sort()).toEqual([
    'ADMIN_LISTEN=[::]:28464',
    'DATA_DIR=/data',
    'WEBHOOK_LISTEN=[::]:8080',
  ]);
});

test('its labels say what it is, in the version of the package, and on what it stands', () => {
  const prefix = 'org.opencontainers.image.';
  const labels = Object.entries(image.Labels).filter(([name]) => name.startsWith(prefix));
  expect(
    Object.fromEntries(labels.map(([name, value]) => [name.slice(prefix.length), value])),
  ).toEqual({
    title: manifest.name,
    description: manifest.description,
    licenses: manifest.license,
    version: manifest.version,
    revision: '',
    created: '',
    'base.name': 'gcr.io/distroless/nodejs26-debian13:nonroot',
  });
});

test('what is built without a word about its version has the version of the package', () => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  expect(/^ARG VERSION=(.*)$/m.exec(dockerfile)?.[1]).toBe(manifest.version);
});

test(
  'version, revision, date and base images are for whoever builds it to say',
  async () => {
    const name = 'localhost/session-image-arguments';
    // On a base of its own, for older podmans take a label from their cache whatever it is built
    // with.
    const base = 'docker.io/library/node:26-trixie-slim';
    const given = {
      VERSION: '1.2.3',
      REVISION: '0123abcd',
      CREATED: '2026-11-22T00:00:00Z',
      RUNTIME_IMAGE: base,
    };
    const buildArguments = Object.entries(given).map(([argument, value]) => `${argument}=${value}`);
    const id = await buildImage(name, buildArguments);
    onTestFinished(async () => void (await podman('rmi', name)));
    expect((await configurationOf(id)).Labels).toMatchObject({
      'org.opencontainers.image.version': given.VERSION,
      'org.opencontainers.image.revision': given.REVISION,
      'org.opencontainers.image.created': given.CREATED,
      'org.opencontainers.image.base.name': base,
    });
  },
  BUILD_TIMEOUT_MS,
);
