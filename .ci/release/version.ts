// node .ci/release/version.ts
//
// Writes the version of package.json wherever else it is: charts, image, compose file, documents.
// `npm version X.Y.Z` runs it; a test fails where a place differs.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
const CHARTS = 'helm/cognigy-session-sidecar';
const LIBRARY = `${CHARTS}/charts/session-sidecar`;

const NUMBER = String.raw`\d+\.\d+\.\d+(?:-[\w.]+)?`;
const OF_CHART = [
  /^version: (?<version>\S+)$/gm,
  /^appVersion: "(?<version>[^"]+)"$/gm,
  /^ {4}version: (?<version>\S+)$/gm,
];
const OF_EXTENSION = /"name": "session-sidecar-extension",\n +"version": "(?<version>[^"]+)"/g;
const OF_IMAGE = new RegExp(`\\bcognigy-session-sidecar:(?<version>${NUMBER})`, 'g');

/** The files that have the version, each with where: the group `version` of its patterns. */
const PLACES: Readonly<Record<string, readonly RegExp[]>> = {
  [`${CHARTS}/Chart.yaml`]: OF_CHART,
  [`${LIBRARY}/Chart.yaml`]: OF_CHART.slice(0, 2),
  [`${LIBRARY}/README.md`]: [/^ {7}version: (?<version>\S+)$/gm],
  'helm/example-service/Chart.yaml': OF_CHART,
  Dockerfile: [/^ARG VERSION=(?<version>\S+)$/gm],
  'compose.yaml': [OF_IMAGE],
  'examples/cognigy-extension/package.json': [OF_EXTENSION],
  'examples/cognigy-extension/package-lock.json': [OF_EXTENSION],
  'docs/operate/image.md': [OF_IMAGE],
  'docs/kubernetes/install.md': [OF_IMAGE],
};

/** A place that has a version. */
export type Place = { path: string; version: string };

/** Every place with the version that it has. Throws where a pattern finds none. */
export function versionPlaces(): Place[] {
  return Object.entries(PLACES).flatMap(([path, patterns]) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return patterns.flatMap((pattern) => {
      const found = [...text.matchAll(pattern)];
      if (found.length === 0) throw new Error(`${path} has no version where ${pattern} looks`);
      return found.map(({ groups }) => ({ path, version: groups?.version ?? '' }));
    });
  });
}

/** A text with another version in the places that a pattern finds. */
export function withVersion(text: string, pattern: RegExp, version: string): string {
  return text.replaceAll(pattern, (match, old) => match.replace(old, version));
}

if (import.meta.main) {
  for (const [path, patterns] of Object.entries(PLACES)) {
    const file = join(ROOT, path);
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      patterns.reduce((all, pattern) => withVersion(all, pattern, manifest.version), text),
    );
  }
}
