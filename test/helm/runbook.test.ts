// Whoever is woken finds the section that the alert names.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MONITORED, renderAlerts } from './monitored-chart.ts';
import { CHARTS } from './render.ts';

const README = readFileSync(join(CHARTS.application, 'README.md'), 'utf8');

/** Headings of a level between one of the level above and the next, as they stand. */
function sectionsOf(title: string): string[] {
  const [, after = ''] = README.split(`\n## ${title}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading);
}

test('the runbook has a section for each alert, and for nothing else', async () => {
  const alerts = (await renderAlerts()).map(({ alert }) => alert);
  expect(sectionsOf('Runbook').sort()).toEqual(alerts.sort());
});

test('each alert leads to its section, wherever the README is read', async () => {
  const runbookUrl = 'https://docs.example.org/session-sidecar/README.md';
  const { prometheusRule } = MONITORED.monitoring;
  const monitoring = { ...MONITORED.monitoring, prometheusRule: { ...prometheusRule, runbookUrl } };
  for (const { alert, annotations } of await renderAlerts({ ...MONITORED, monitoring }))
    expect(annotations?.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  for (const { alert, annotations } of await renderAlerts())
    expect(annotations?.runbook_url).toBe(`README.md#${alert.toLowerCase()}`);
});
