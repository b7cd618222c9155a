// The mixin has the rules and the dashboard of the chart, for every release that it is configured
// for.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MONITORED, type Rule, renderDashboard, renderRuleGroups } from './monitored-chart.ts';

const MIXIN = join(
  import.meta.dirname,
  '../../helm/cognigy-session-sidecar/files/monitoring/mixin.libsonnet',
);
const RUNBOOK = 'https://docs.example.org/runbook.md';

type Mixin = { rules: { name: string; rules: Rule[] }[]; dashboards: Record<string, object> };

function mixin(config: object): Mixin {
  const code = `
    local mixin = (import '${MIXIN}') + { _config+:: ${JSON.stringify(config)} };
    {
      rules: mixin.prometheusRules.groups + mixin.prometheusAlerts.groups,
      dashboards: mixin.grafanaDashboards,
    }`;
  return JSON.parse(execFileSync('jsonnet', ['--exec', code], { encoding: 'utf8' }));
}

const rulesIn = (groups: { rules: Rule[] }[]) =>
  groups
    .flatMap(({ rules }) => rules)
    .map((rule) => JSON.stringify(rule, Object.keys(flat(rule)).sort()))
    .sort();
/** Every name in a rule, at any depth. */
const flat = (rule: Rule) => ({ ...rule, ...rule.labels, ...rule.annotations });

test('the rules are those of the chart', async () => {
  const prometheusRule = { enabled: true, runbookUrl: RUNBOOK };
  const monitoring = { ...MONITORED.monitoring, prometheusRule };
  const ofChart = await renderRuleGroups({ ...MONITORED, monitoring });
  const { rules } = mixin({ jobs: ['bots/session'], runbookUrl: RUNBOOK });
  expect(rulesIn(rules)).toEqual(rulesIn(ofChart));
});

test('the dashboard is that of the chart', async () => {
  const { dashboards } = mixin({});
  expect(dashboards).toEqual({ 'cognigy-session-sidecar.json': await renderDashboard() });
});

test('several releases have groups of their own, and none for a gateway that there is not', () => {
  const { rules } = mixin({ jobs: ['bots/session', 'shop/orders'], hasGateway: false });
  const names = rules.map(({ name }) => name);
  expect(new Set(names.map((name) => name.split('/').slice(0, 2).join('/')))).toEqual(
    new Set(['bots/session', 'shop/orders']),
  );
  expect(names.filter((name) => name.endsWith('/gateway'))).toEqual([]);
  const ofShop = rules.filter(({ name }) => name.startsWith('shop/'));
  expect(JSON.stringify(ofShop)).not.toMatch(/bots\/session|<job>|<namespace>|<runbook>/);
});

test('every file of rules is in it', () => {
  const text = readFileSync(MIXIN, 'utf8');
  const { rules } = mixin({});
  const groups = new Set(rules.map(({ name }) => name.split('/').at(-1)));
  for (const group of groups) expect(text).toContain(`rules/${group}.yaml`);
  expect(groups.size).toBe(8);
});
