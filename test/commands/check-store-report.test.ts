import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECK_PAGES, findingsText, levelOf } from '../../src/commands/check-store-report.ts';
import { STORE_CHECKS, type StoreFinding } from '../../src/store/store-finding.ts';

const ROOT = join(import.meta.dirname, '../..');

test.each(Object.entries(CHECK_PAGES))('the page of %s is there', (_, page) => {
  const [path = '', anchor] = page.split('#');
  const headings = readFileSync(join(ROOT, path), 'utf8').matchAll(/^#+ (.+)$/gm);
  const anchors = [...headings].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  if (anchor !== undefined) expect(anchors).toContain(anchor);
  else expect(anchors.length).toBeGreaterThan(0);
});

test('the page has a row for each check', () => {
  const page = readFileSync(join(ROOT, 'docs/operate/redis.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, check]) => check);
  expect(rows).toEqual([...STORE_CHECKS]);
});

test('findings are in the order of the checks, and the worst of them counts', () => {
  const findings: StoreFinding[] = [
    { check: 'latency', level: 'warning', text: 'slow' },
    { check: 'reach', level: 'ok', text: 'a:1' },
  ];
  expect(findingsText(findings)).toBe(
    [
      'ok       reach        a:1',
      'warning  latency      slow',
      '                      docs/operate/redis.md#check-a-store',
      '',
      'The store is fit, warnings: 1.',
      '',
    ].join('\n'),
  );
  expect(levelOf([])).toBe('ok');
  expect(levelOf(findings)).toBe('warning');
  expect(levelOf([...findings, { check: 'tls', level: 'unfit', text: '' }])).toBe('unfit');
});
