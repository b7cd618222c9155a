// Whoever is woken finds the section that the alert names.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../../src/telemetry/metrics-table.ts';
import { MONITORED, renderAlerts, renderDashboard } from './monitored-chart.ts';

const SOURCES = join(import.meta.dirname, '../../src');
const PAGE = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');

/** The runbook, with each run of white space as one space: sentences go over lines. */
const RUNBOOK = PAGE.replaceAll(/\s+/g, ' ');

test('the runbook has a section for each alert, and for nothing else', async () => {
  const alerts = (await renderAlerts()).map(({ alert }) => alert);
  const sections = [...PAGE.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  expect(sections.sort()).toEqual(alerts.sort());
});

test('each alert leads to its section, wherever the runbook is read', async () => {
  const runbookUrl = 'https://docs.example.org/session-sidecar/runbook.md';
  const { prometheusRule } = MONITORED.monitoring;
  const monitoring = { ...MONITORED.monitoring, prometheusRule: { ...prometheusRule, runbookUrl } };
  for (const { alert, annotations } of await renderAlerts({ ...MONITORED, monitoring }))
    expect(annotations?.runbook_url).toBe(`${runbookUrl}#${alert.toLowerCase()}`);
  for (const { alert, annotations } of await renderAlerts())
    expect(annotations?.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
});

test('the runbook names panels that the dashboard has', async () => {
  const panels = [...RUNBOOK.matchAll(/\bpanels? ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
    ([, names = '']) => [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => name),
  );
  expect(panels.length).toBeGreaterThan(5);
  const titles = (await renderDashboard()).panels.map(({ title }) => title);
  expect(panels.filter((panel) => !titles.includes(panel ?? ''))).toEqual([]);
});

test('the runbook asks for metrics that the service exports', () => {
  const asked = [...RUNBOOK.matchAll(/cognigy_session_\w+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );
  expect(asked.length).toBeGreaterThan(8);
  const exported: string[] = Object.values(METRICS).map(({ name }) => name);
  expect(asked.filter((name) => !exported.includes(name))).toEqual([]);
});

test('the runbook looks for lines that the log has', () => {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(SOURCES, file), 'utf8'))
    .join('');
  const wanted = [...RUNBOOK.matchAll(/`logs \| grep '"?([^"':]+?) ?"?'`/g)].map(
    ([, words = '']) => words,
  );
  expect(wanted.length).toBeGreaterThan(7);
  expect(wanted.filter((words) => !sources.includes(words))).toEqual([]);
});
