// node .ci/release/npm-package.ts FOLDER
//
// Writes the npm package of the code that is generated from the proto, ready for `npm publish`. Its
// version is that of package.json.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
const SESSION = 'cognigy/session/v1/session_service';
const WEBHOOK = 'cognigy/webhook/v1/webhook_service';
const SERVICE_CONFIG = `${SESSION}_grpc_service_config.json`;

/** Writes the package into a folder, which it creates. */
export function writeNpmPackage(folder: string): void {
  mkdirSync(folder, { recursive: true });
  generate(folder);
  cpSync(join(ROOT, 'proto', SERVICE_CONFIG), join(folder, SERVICE_CONFIG));
  cpSync(join(ROOT, 'proto/README.md'), join(folder, 'README.md'));
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageManifest(), null, 2)}\n`);
}

/** What both services need, with what they import. */
function generate(folder: string): void {
  const plugin = {
    local: join(ROOT, 'node_modules/.bin/protoc-gen-es'),
    out: resolve(folder),
    opt: ['target=js+dts', 'import_extension=js'],
  };
  const template = JSON.stringify({ version: 'v2', plugins: [plugin] });
  const paths = [SESSION, WEBHOOK].flatMap((path) => ['--path', `proto/${path}.proto`]);
  execFileSync(
    join(ROOT, 'node_modules/.bin/buf'),
    ['generate', 'proto', ...paths, '--include-imports', '--template', template],
    { cwd: ROOT, stdio: 'inherit' },
  );
}

function packageManifest() {
  const { version, license, dependencies } = manifest;
  const entry = (path: string) => ({ types: `./${path}_pb.d.ts`, default: `./${path}_pb.js` });
  return {
    name: `${manifest.name}-client`,
    version,
    description: 'Messages and services of cognigy-session-sidecar, generated from its proto.',
    license,
    type: 'module',
    sideEffects: false,
    exports: {
      '.': entry(SESSION),
      './webhook': entry(WEBHOOK),
      './service-config.json': `./${SERVICE_CONFIG}`,
      './package.json': './package.json',
    },
    files: ['buf', 'cognigy'],
    peerDependencies: { '@bufbuild/protobuf': `^${dependencies['@bufbuild/protobuf']}` },
  };
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [folder] = positionals;
  if (!folder) throw new Error('usage: node .ci/release/npm-package.ts FOLDER');
  writeNpmPackage(folder);
}
