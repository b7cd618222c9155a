import { expect, test } from 'vitest';
import { versionPlaces, withVersion } from '../../.ci/release/version.ts';
import manifest from '../../package.json' with { type: 'json' };

test('every place has the version of package.json', () => {
  const places = versionPlaces();
  expect(places.length).toBeGreaterThan(10);
  expect(places.filter(({ version }) => version !== manifest.version)).toEqual([]);
});

test('another version replaces only the version', () => {
  const text = 'appVersion: "0.1.0"\nversion: 0.1.0\n# since 0.1.0\n';
  expect(withVersion(text, /^version: (?<version>\S+)$/gm, '0.2.0')).toBe(
    'appVersion: "0.1.0"\nversion: 0.2.0\n# since 0.1.0\n',
  );
});
