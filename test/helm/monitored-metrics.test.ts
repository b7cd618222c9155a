// Alerts and dashboard ask for nothing that does not exist: names are those that a running service
// exports, labels and their values those of its exposition, or of the table that the exposition is
// held to.

import { expect, test } from 'vitest';
import type { MetricDefinition } from '../../src/telemetry/metric-definition.ts';
import { METRICS } from '../../src/telemetry/metrics-table.ts';
import { startProcess } from '../main/running-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { renderDashboard, renderRuleGroups } from './monitored-chart.ts';
import { bareMetricsIn, groupingLabelsIn, selectorsIn } from './promql.ts';

/** What Prometheus itself makes of every target, and of its alerts. */
const METRICS_OF_PROMETHEUS: Record<string, string[]> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
  ALERTS_FOR_STATE: ['alertname', 'severity'],
};
/** What the targets have from ServiceMonitor and PodMonitor. */
const TARGET_LABELS = ['cluster', 'job', 'namespace', 'pod', 'component'];
/** What a label gets in an expression. */
const MADE_LABELS = ['operation'];

type Values = Map<string, Set<string>>;

test('every metric, label and value in rules and dashboard is one that exists', async () => {
  const exported = await scrapedService();
  const rules = (await renderRuleGroups()).flatMap((group) => group.rules);
  const recorded = rules.flatMap(({ record }) => record ?? []);
  const known = (metric: string): Values | undefined =>
    recorded.includes(metric)
      ? new Map()
      : metric in METRICS_OF_PROMETHEUS
        ? new Map(METRICS_OF_PROMETHEUS[metric]?.map((label) => [label, new Set<string>()]))
        : exported.get(metric);

  const expressions = [...rules.map(({ expr }) => expr), ...(await dashboardExpressions())];
  expect(expressions.length).toBeGreaterThan(80);
  for (const expression of expressions) {
    expect(bareMetricsIn(expression), expression).toEqual([]);
    const selectors = selectorsIn(expression);
    expect(selectors.length, expression).toBeGreaterThan(0);
    for (const { metric, matchers } of selectors) {
      const labels = known(metric);
      expect(labels, metric).toBeDefined();
      for (const { label, value } of matchers) {
        if (TARGET_LABELS.includes(label) || metric in METRICS_OF_PROMETHEUS) continue;
        const values = [...(labels?.get(label) ?? [])];
        expect(values, `${metric}{${label}}`).toEqual(expect.arrayContaining(value.split('|')));
      }
    }
    const labels = selectors.flatMap(({ metric }) => [...(known(metric)?.keys() ?? [])]);
    for (const label of groupingLabelsIn(expression))
      expect([...labels, ...TARGET_LABELS, ...MADE_LABELS], expression).toContain(label);
  }
});

async function dashboardExpressions(): Promise<string[]> {
  const { panels, annotations, templating } = await renderDashboard();
  const queries = templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : query.query,
  );
  return [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...annotations.list.map(({ expr }) => expr),
    ...queries.map((query) => query.replace(/^label_values\(([a-z_]+),/, '$1{}')),
  ];
}

/** Every sample's name with its labels and their values, from a real process, and from the table
 * of metrics. */
async function scrapedService(): Promise<Map<string, Values>> {
  const service = startProcess();
  // Requests without a credential and with a wrong one, whose statuses the error budget leaves out.
  const url = `http://${await service.address('webhook')}/webhook/cognigy/session`;
  await fetch(url, { method: 'POST' });
  await fetch(url, { method: 'POST', headers: { authorization: 'Bearer wrong' } });
  const exposition = await waitFor(async () => {
    const text = await (await fetch(`http://${await service.address('admin')}/metrics`)).text();
    expect(text).toContain('status="401"');
    expect(text).toContain('status="403"');
    return text;
  });
  const names = [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_count', '_sum'].map((ending) => name + ending) : [name],
  );
  const exported = new Map(names.map((name) => [name, new Map<string, Set<string>>()]));
  const note = (name: string, label: string, value?: string) => {
    const values = exported.get(name);
    if (values === undefined) throw new Error(`the service exports no ${name}`);
    const known = values.get(label) ?? new Set();
    values.set(label, value === undefined ? known : known.add(value));
  };
  for (const [, name = '', labels = ''] of exposition.matchAll(/^(\w+)\{(.*)\} \S+$/gm))
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      note(name, label, value);
  const definitions: MetricDefinition[] = Object.values(METRICS);
  for (const { name, type, labels } of definitions)
    for (const ending of type === 'histogram' ? ['_bucket', '_count', '_sum'] : [''])
      for (const [label, values] of Object.entries(labels))
        if (typeof values === 'string') note(name + ending, label);
        else for (const value of values) note(name + ending, label, value);
  for (const { name, type } of definitions) if (type === 'histogram') note(`${name}_bucket`, 'le');
  return exported;
}
