// Whoever is woken finds the section that the alert names.

import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { METRICS } from '../../src/telemetry/metrics-table.ts';
import { createFolder } from '../main/running-process.ts';
import { JOB, MONITORED, type Rule, renderAlerts, renderDashboard } from './monitored-chart.ts';
import { bareMetricsIn, selectorsIn } from './promql.ts';
import { CHARTS, renderChart, theOnly } from './render.ts';

const SOURCES = join(import.meta.dirname, '../../src');
const PAGE = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');

/** The text of each section, by its heading. */
const SECTIONS = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((section) => [
      section.slice(0, section.indexOf('\n')),
      section.slice(section.indexOf('\n')),
    ]),
);

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

test('a published chart leads to the runbook of its version', async () => {
  const folder = join(createFolder(), 'chart');
  cpSync(CHARTS.application, folder, { recursive: true });
  // As the workflow of a release does.
  const source = 'https://git.example.org/bots/sessions';
  appendFileSync(join(folder, 'Chart.yaml'), `home: ${source}\nsources:\n  - ${source}\n`);
  const rules = theOnly(await renderChart({ folder, values: MONITORED }), 'PrometheusRule');
  const [first] = rules.spec.groups.flatMap(({ rules }: { rules: Rule[] }) =>
    rules.filter(({ alert }) => alert === 'CognigySessionRequestsFailing'),
  );
  expect(first.annotations.runbook_url).toBe(
    `${source}/blob/v${manifest.version}/docs/runbook.md#cognigysessionrequestsfailing`,
  );
  const workflow = readFileSync('.github/workflows/release.yml', 'utf8');
  expect(workflow).toContain(`printf 'home: %s\\nsources:\\n  - %s\\n' "$SOURCE" "$SOURCE" >>`);
});

test('each section has numbered steps, a whole query and a panel of the dashboard', () => {
  for (const [name, text] of SECTIONS) {
    const [what = '', ...steps] = text.split(/^(?=\d+\. )/m);
    expect(what.trim(), name).toMatch(/^\*\*Users:\*\* .*\*\*Heals:\*\*\s[^*]*\.$/s);
    expect(steps.length, name).toBeGreaterThan(1);
    expect(steps.map((step) => Number.parseInt(step, 10))).toEqual(steps.map((_, at) => at + 1));
    expect(text, name).toContain('```promql');
    expect(text, name).toContain('`$D&viewPanel=');
  }
  expect(SECTIONS.size).toBeGreaterThan(30);
});

test('the runbook leads to panels that the dashboard has, by their names and numbers', async () => {
  const named = [...RUNBOOK.matchAll(/\bpanel "([^"]+)" \(`\$D&viewPanel=(\d+)`\)/gi)].map(
    ([, title, id]) => ({ title, id: Number(id) }),
  );
  expect(named.length).toBe(RUNBOOK.match(/\bpanel "/gi)?.length);
  expect(named.length).toBeGreaterThan(SECTIONS.size - 1);
  const panels = (await renderDashboard()).panels.map(({ title, id }) => ({ title, id }));
  for (const panel of named) expect(panels).toContainEqual(panel);
});

test('the queries are of one release, and promtool reads them', () => {
  const queries = [...PAGE.matchAll(/^ {3}```promql\n(.*?)\n {3}```$/gms)].map(
    ([, query = '']) => query,
  );
  expect(queries.length).toBeGreaterThan(SECTIONS.size - 1);
  for (const query of queries) {
    expect(bareMetricsIn(query), query).toEqual([]);
    for (const { matchers } of selectorsIn(query))
      expect(matchers, query).toContainEqual({ label: 'job', operator: '=', value: JOB });
  }
  const rules = queries.map((expr, at) => ({ record: `query:number:${at}`, expr }));
  const file = join(createFolder(), 'queries.yaml');
  writeFileSync(file, stringify({ groups: [{ name: 'runbook', rules }] }));
  const answer = execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  expect(answer).toContain(`SUCCESS: ${queries.length} rules found`);
});

test('the runbook asks for metrics that the service exports', async () => {
  const asked = [...RUNBOOK.matchAll(/cognigy_session_\w+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );
  expect(asked.length).toBeGreaterThan(8);
  // Those of Node itself are in no table; the dashboard's are compared with a real service.
  const { panels } = await renderDashboard();
  const drawn = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => selectorsIn(expr)),
  );
  const exported = [...Object.values(METRICS), ...drawn.map(({ metric: name }) => ({ name }))].map(
    ({ name }) => name,
  );
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
