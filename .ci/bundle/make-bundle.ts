// node .ci/bundle/make-bundle.ts FOLDER
//
// Writes what the image runs into an empty folder:
//
//   *.cjs                                   the service and its commands, each with all it imports;
//                                           what the service seldom needs is in a file of its own
//   *.cjs.map                               so that stack traces name files of src/
//   *.lua, */*.lua                          the scripts for Redis, next to the code that reads them
//   browser/*                               the session page
//   THIRD-PARTY-LICENSES.txt                of the packages whose code is in these files
//
// One file starts in a third of the time of five hundred, and without Node's compiler for
// TypeScript in memory. Modules that are imported by `import()` are in the file too, and are
// evaluated on first use.

import { cpSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { thirdPartyLicenses } from './third-party-licenses.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What a browser loads, in one file of each kind. */
const PAGE = join(ROOT, 'src/transport/page/browser');

const SCRIPTS = join(ROOT, 'src/store/redis/scripts');

/** Loaded only where traces are on: a tenth of the service's code. */
const TRACING = 'src/telemetry/opentelemetry/open-tracing.ts';

/** Keeps that out of the service's file, which reads it from a file next to it. */
const TRACING_APART: Plugin = {
  name: 'tracing apart',
  setup(building) {
    building.onResolve({ filter: /\/open-tracing\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './open-tracing.cjs', external: true } : undefined,
    );
  },
};

const NOTHING = 'nothing';

/** prom-client loads OpenTelemetry's API for exemplars of the CPU time, which are off. */
const METRICS_WITHOUT_TRACES: Plugin = {
  name: 'metrics without traces',
  setup(building) {
    building.onResolve({ filter: /^@opentelemetry\/api$/ }, ({ importer, path }) =>
      importer.includes('/prom-client/') ? { path, namespace: NOTHING } : undefined,
    );
    building.onLoad({ filter: /./, namespace: NOTHING }, () => ({ contents: '' }));
  },
};

const OPTIONS = {
  absWorkingDir: ROOT,
  entryPoints: [
    'src/main.ts',
    ...['repair', 'import', 'encryption', 'check-flows', 'check-gateway', 'check-store'].map(
      (name) => `src/commands/${name}.ts`,
    ),
    TRACING,
  ],
  entryNames: '[name]',
  bundle: true,
  platform: 'node',
  target: 'node26',
  // A module that imports one of Node's makes Node create all that this one exports, among it an
  // HTTP client that the service does not use: 10 MB more than with require().
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': '__filename' },
  // Names are kept: they are in stack traces, and some are those of errors.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  // They are in THIRD-PARTY-LICENSES.txt.
  legalComments: 'none',
  plugins: [TRACING_APART, METRICS_WITHOUT_TRACES],
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const NAMES = [
  ...(['main.cjs', 'repair.cjs', 'import.cjs', 'check-flows.cjs', 'check-gateway.cjs'] as const),
  ...(['encryption.cjs', 'check-store.cjs', 'open-tracing.cjs'] as const),
] as const;

export type Bundle = {
  /** The files whose code is in the bundle, by their paths from the root of this repository. */
  inputs: string[];
  /** How many bytes of which of them are in each file. */
  contents: Record<(typeof NAMES)[number], Record<string, number>>;
};

/** Writes the bundle into a folder. Throws if something cannot be bundled, or has no license. */
export async function makeBundle(folder: string): Promise<Bundle> {
  const { metafile } = await build({ ...OPTIONS, outdir: resolve(folder) });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, { inputs }]) => [basename(path), inputs]),
  );
  const contents = Object.fromEntries(
    NAMES.map((name) => {
      const all = Object.entries(outputs.get(name) ?? {});
      const parts = all.filter(([path]) => !path.startsWith(`${NOTHING}:`));
      return [name, Object.fromEntries(parts.map(([path, part]) => [path, part.bytesInOutput]))];
    }),
  ) as Bundle['contents'];
  const inputs = [...new Set(Object.values(contents).flatMap(Object.keys))].sort();
  cpSync(SCRIPTS, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  await build({
    ...{
      entryPoints: [join(PAGE, 'page.ts'), join(PAGE, 'page.css')],
      outdir: join(folder, 'browser'),
    },
    ...{ bundle: true, minify: true, format: 'esm', target: 'esnext', logLevel: 'warning' },
  });
  for (const name of ['index.html', 'icon.svg'])
    cpSync(join(PAGE, name), join(folder, 'browser', name));
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), thirdPartyLicenses(ROOT, inputs));
  return { inputs, contents };
}

if (import.meta.main) {
  const [folder, ...others] = process.argv.slice(2);
  if (folder === undefined || others.length > 0) {
    process.stderr.write('usage: node .ci/bundle/make-bundle.ts FOLDER\n');
    process.exit(64);
  }
  await makeBundle(folder);
}
