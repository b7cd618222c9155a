import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { madeBundle } from '../bundle/made-bundle.ts';
import { type ImageFile, imageFiles, imageTexts } from './image-files.ts';

/** The service, its commands, each of them whole, and their source maps; all else is Node and what
 * it links to. */
const OWN_MAX_BYTES = 10e6;

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

let files: ImageFile[];
let own: ImageFile[];

beforeAll(async () => {
  files = await imageFiles();
  own = files.filter(({ path, kind }) => path.startsWith('/app/') && kind !== 'folder');
});

test('it holds the bundle, the license and the bill of materials, and nothing else', async () => {
  const { folder } = await madeBundle();
  const bundled = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `/app/dist${parentPath.slice(folder.length)}/${name}`);
  const found = own.map(({ path }) => path);
  expect(found.sort()).toEqual([...bundled, '/app/LICENSE', '/app/sbom.spdx.json'].sort());
});

test('its code is that of this working tree and of its packages', async () => {
  const { folder } = await madeBundle();
  const [script = '', licenses = ''] = await imageTexts([
    '/app/dist/append.lua',
    '/app/dist/THIRD-PARTY-LICENSES.txt',
  ]);
  expect(script).toBe(readFileSync('src/store/redis/scripts/append.lua', 'utf8'));
  // It names each package with its version.
  expect(licenses).toBe(readFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8'));
});

test('its bill of materials lists the service and the packages that the lock file has for production', async () => {
  const [text = ''] = await imageTexts(['/app/sbom.spdx.json']);
  const { spdxVersion, packages } = JSON.parse(text);
  expect(spdxVersion).toMatch(/^SPDX-/);
  const listed = packages.map(
    (each: { name: string; versionInfo: string }) => `${each.name}@${each.versionInfo}`,
  );
  const production = Object.entries(lock.packages).flatMap(([path, entry]) => {
    const { dev, devOptional, optional, version } = entry as Record<string, unknown>;
    const name = path.replace(/^.*node_modules\//, '');
    return path === '' || dev || devOptional || optional ? [] : [`${name}@${version}`];
  });
  expect(production.length).toBeGreaterThan(10);
  expect(listed.sort()).toEqual([`${manifest.name}@${manifest.version}`, ...production].sort());
  for (const { licenseDeclared, name } of packages)
    expect(licenseDeclared, name).toMatch(/^[\w.() -]+$/);
});

test('nothing of it is for one architecture', () => {
  const forOne = /\.(node|so|wasm|dylib|exe|a|o)$|\/bin\/node$|prebuild/;
  expect(own.map(({ path }) => path).filter((path) => forOne.test(path))).toEqual([]);
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

test(`what is ours has at most ${OWN_MAX_BYTES / 1e6} MB`, () => {
  const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
  expect(bytes).toBeLessThanOrEqual(OWN_MAX_BYTES);
  expect(bytes).toBeGreaterThan(1e6);
});
