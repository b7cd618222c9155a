import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { type ImageFile, imageFiles, imageTexts } from './image-files.ts';

/** The service and its packages; all else is Node and what it links to. */
const OWN_MAX_BYTES = 17e6;

/** What nothing in the image needs, and what helps whoever gets in. */
const TOOLS = [
  'sh',
  'bash',
  'dash',
  'ash',
  'busybox',
  'perl',
  'apt',
  'apt-get',
  'dpkg',
  'npm',
  'npx',
  'corepack',
];

const PACKAGE_MANIFEST =
  /^\/app\/node_modules\/(.+\/node_modules\/)?(@[^/]+\/)?[^/]+\/package\.json$/;

let files: ImageFile[];
let own: ImageFile[];
let packages: string[];

beforeAll(async () => {
  files = await imageFiles();
  own = files.filter(({ path, kind }) => path.startsWith('/app/') && kind !== 'folder');
  const manifests = own.filter(({ path }) => PACKAGE_MANIFEST.test(path));
  const texts = await imageTexts(manifests.map(({ path }) => path));
  packages = texts.map((text) => nameAndVersion(JSON.parse(text))).sort();
});

function nameAndVersion({ name, version }: { name: string; version: string }): string {
  return `${name}@${version}`;
}

test('of this repository the image holds the source, the license and a manifest, and nothing else', () => {
  const found = own
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('/app/node_modules/'));
  const source = globSync('src/**', { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(found.sort()).toEqual(
    [
      ...source.map((entry) => `/app/${entry.parentPath}/${entry.name}`),
      ...['/app/LICENSE', '/app/package.json', '/app/sbom.spdx.json'],
    ].sort(),
  );
});

test('the manifest names the service and what it depends on, and nothing of its development', async () => {
  const [text = ''] = await imageTexts(['/app/package.json']);
  const { scripts: _, devDependencies: __, optionalDependencies: ___, ...production } = manifest;
  expect(JSON.parse(text)).toEqual(production);
});

test('its packages are those that the lock file has for production, in these versions', () => {
  const production = Object.entries(lock.packages).flatMap(([path, entry]) => {
    const {
      dev,
      devOptional,
      optional,
      version = '',
    } = entry as Record<string, string> & { version?: string };
    const name = path.replace(/^.*node_modules\//, '');
    return path === '' || dev || devOptional || optional ? [] : [nameAndVersion({ name, version })];
  });
  expect(packages).toEqual(production.sort());
  expect(packages.length).toBeGreaterThan(0);
});

test('its bill of materials lists the service and exactly the packages that are installed', async () => {
  const [text = ''] = await imageTexts(['/app/sbom.spdx.json']);
  const { spdxVersion, packages: listed } = JSON.parse(text);
  expect(spdxVersion).toMatch(/^SPDX-/);
  const names = listed.map(
    (each: { name: string; versionInfo: string }) => `${each.name}@${each.versionInfo}`,
  );
  expect(names.sort()).toEqual([...packages, nameAndVersion(manifest)].sort());
  for (const { licenseDeclared, name } of listed)
    expect(licenseDeclared, name).toMatch(/^[\w.() -]+$/);
});

test('nothing of it is for one architecture, and no package has files that Node would not run', () => {
  const names = own.map(({ path }) => path);
  expect(
    names.filter((path) => /\.(node|so|wasm|dylib|exe|a|o)$|\/bin\/node$|prebuild/.test(path)),
  ).toEqual([]);
  const packaged = names.filter((path) => path.startsWith('/app/node_modules/'));
  expect(packaged.filter((path) => /\.(ts|mts|cts|map)$/.test(path))).toEqual([]);
});

test('there is no shell in it, and nothing that installs anything', () => {
  const tools = files.filter(
    ({ path, kind }) => kind !== 'folder' && TOOLS.includes(basename(path)),
  );
  expect(tools.map(({ path }) => path)).toEqual([]);
  expect(files.map(({ path }) => path)).toContain('/nodejs/bin/node');
});

test('whoever runs it can read all of it and change none of it, and its data is its own', () => {
  const ofService = files.filter(({ path }) => /^\/app(\/|$)/.test(path));
  expect(ofService.filter(({ mode, kind }) => kind !== 'link' && (mode & 0o044) !== 0o044)).toEqual(
    [],
  );
  expect(
    ofService.filter(({ mode, kind, uid }) => uid !== 0 || (kind !== 'link' && (mode & 0o022) > 0)),
  ).toEqual([]);
  expect(files.find(({ path }) => path === '/data')).toMatchObject({ kind: 'folder', uid: 65532 });
});

test(`the service and its packages have at most ${OWN_MAX_BYTES / 1e6} MB`, () => {
  const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
  expect(bytes).toBeLessThanOrEqual(OWN_MAX_BYTES);
  expect(bytes).toBeGreaterThan(1e6);
});
