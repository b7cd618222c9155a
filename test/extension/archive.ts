// What Cognigy imports: that all of it is there, and that the parts name each other rightly.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tableIn } from '../readme/readme.ts';
import type { BuiltExtension } from './built-extension.ts';

/** Declares the tests of the archive. */
export function describeArchive(built: () => BuiltExtension): void {
  test('has the module, what Cognigy installs and shows, and nothing else', () => {
    const { names, folder } = built();
    const others = names.filter((name) => !/^build\/([a-z-]+\/)?[a-z-]+\.js$/.test(name));
    expect(others).toEqual(['README.md', 'icon.png', 'package-lock.json', 'package.json']);
    expect(names).toContain('build/module.js');
    const icon = readFileSync(join(folder, 'icon.png'));
    expect(icon.subarray(1, 4).toString()).toBe('PNG');
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([64, 64]);
  });

  test('has the version of the product', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const { folder } = built();
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    expect([manifest.version, lock.version, lock.packages[''].version]).toEqual(
      Array(3).fill(version),
    );
  });

  test('has nodes whose children name them, and children of no others', () => {
    const { nodes } = built().extension;
    const types = nodes.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    const named = nodes.flatMap(({ type, dependencies }) =>
      dependencies.children.map((child) => ({ child, parent: type })),
    );
    const children = nodes.flatMap(({ type, parentType }) =>
      parentType ? [{ child: type, parent: parentType }] : [],
    );
    expect(children).toEqual(named);
    expect(children.map(({ child }) => child)).toEqual([
      ...['sessionFound', 'sessionNotFound', 'sessionFallback', 'sessionUnavailable'],
    ]);
    const acting = nodes.filter((node) => node.function).map(({ type }) => type);
    expect(acting).toEqual(['saveSession', 'restoreSession', 'eraseSession']);
  });

  test('shows every field once, with defaults that its choices have', () => {
    const { nodes, connections } = built().extension;
    for (const { type, fields, sections, form } of nodes) {
      const shown = form.flatMap((element) =>
        element.type === 'field'
          ? [element.key]
          : (sections.find(({ key }) => key === element.key)?.fields ?? ['no such section']),
      );
      expect(shown.sort(), type).toEqual(fields.map(({ key }) => key).sort());
      for (const { key, defaultValue, condition, params } of fields) {
        if (params?.options)
          expect(params.options.map(({ value }) => value)).toContain(defaultValue);
        if (condition) expect(shown, `${type}: ${key}`).toContain(condition.key);
        if (params?.connectionType)
          expect(connections.map((connection) => connection.type)).toContain(params.connectionType);
      }
    }
  });

  test('has a README with every field and every child', () => {
    const { folder, extension } = built();
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const firstCells = (heading: string) => tableIn(readme, heading).map(([cell]) => cell);
    const common = firstCells('all nodes');
    for (const { defaultLabel, fields, parentType } of extension.nodes) {
      if (parentType) continue;
      const labels = fields.map(({ label }) => label).filter((label) => !common.includes(label));
      expect(firstCells(defaultLabel).sort()).toEqual(labels.sort());
    }
    const children = extension.nodes.flatMap(({ parentType, defaultLabel }) =>
      parentType ? [defaultLabel] : [],
    );
    expect(firstCells('child')).toEqual(children);
  });
}
