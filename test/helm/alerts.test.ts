// Alerts: each fires on what it is for and is silent on what is nearly that, shown by promtool on
// the rules as Helm renders them. What happens is in alerts/, a file for each alert.

import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { JOB, MONITORED, renderAlerts, renderRuleGroups } from './monitored-chart.ts';
import { bareMetricsIn, selectorsIn } from './promql.ts';

const run = promisify(execFile);

const SCENARIOS = join(import.meta.dirname, 'alerts');
const files = readdirSync(SCENARIOS).sort();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alerts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function promtool(...parameters: string[]) {
  return run('promtool', parameters, { cwd: folder });
}

test('promtool finds nothing wrong with the rules', async () => {
  writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: await renderRuleGroups() }));
  const { stdout } = await promtool('check', 'rules', '--lint-fatal', 'rules.yaml');
  expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
});

/** A rule over days is evaluated thousands of times: seconds of CPU on an idle machine. */
const DAYS_TIMEOUT_MS = 240_000;

describe('each alert', () => {
  test('has a file with what it is for, and with what is nearly that', async () => {
    const alerts = (await renderAlerts()).map(({ alert }) => `${kebabCase(alert)}.yaml`);
    expect(files).toEqual(alerts.sort());
    for (const file of files) {
      const { tests } = parse(readFileSync(join(SCENARIOS, file), 'utf8'));
      const expected: { alertname: string; exp_alerts: unknown[] }[] = tests.flatMap(
        (each: { alert_rule_test: unknown[] }) => each.alert_rule_test,
      );
      expect(new Set(expected.map(({ alertname }) => `${kebabCase(alertname)}.yaml`))).toEqual(
        new Set([file]),
      );
      expect(new Set(expected.map((each) => each.exp_alerts.length > 0)), file).toEqual(
        new Set([true, false]),
      );
    }
  });

  test.each(files)('does what %s says', { timeout: DAYS_TIMEOUT_MS }, async (file) => {
    // Its group alone: promtool takes its time for each rule.
    const groups = (await renderRuleGroups()).filter(({ rules }) =>
      rules.some(({ alert }) => alert !== undefined && `${kebabCase(alert)}.yaml` === file),
    );
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
    copyFileSync(join(SCENARIOS, file), join(folder, file));
    const { stdout } = await promtool('test', 'rules', file);
    expect(stdout).toContain('SUCCESS');
  });

  test('looks at its own release alone, and says in which namespace it is', async () => {
    for (const { alert, expr, labels } of await renderAlerts()) {
      expect(bareMetricsIn(expr), alert).toEqual([]);
      for (const { metric, matchers } of selectorsIn(expr))
        expect(matchers, `${alert}: ${metric}`).toContainEqual({
          label: 'job',
          operator: '=',
          value: JOB,
        });
      const keepsNamespace = !/\b(by|on) \((?!job, namespace)|\bwithout\b/.test(expr);
      expect(
        labels?.namespace === 'bots' || (keepsNamespace && !expr.includes('absent(')),
        alert,
      ).toBe(true);
    }
  });

  test('is for a page or for a ticket, and says what is the matter', async () => {
    for (const { alert, labels, annotations } of await renderAlerts()) {
      expect(alert).toMatch(/^CognigySessions?[A-Z]/);
      expect(['critical', 'warning']).toContain(labels?.severity);
      expect(Object.keys(annotations ?? {}).sort()).toEqual([
        ...['description', 'runbook_url', 'summary'],
      ]);
    }
  });
});

test('of two releases each records its own', async () => {
  for (const { rules } of await renderRuleGroups())
    for (const { record, expr } of rules)
      if (record !== undefined)
        for (const { matchers } of selectorsIn(expr))
          expect(matchers).toContainEqual({ label: 'job', operator: '=', value: JOB });
});

test.each([
  [
    'without a ServiceMonitor',
    { monitoring: { ...MONITORED.monitoring, serviceMonitor: { enabled: false } } },
  ],
  [
    'without a gateway',
    { gateway: { enabled: false }, store: {}, redisCluster: { enabled: true } },
  ],
])('%s nobody is woken because no gateway is scraped', async (_, values) => {
  const without = await renderAlerts({ ...MONITORED, ...values });
  const all = (await renderAlerts()).map(({ alert }) => alert);
  expect(all.filter((alert) => !without.some((each) => each.alert === alert))).toEqual([
    'CognigySessionGatewayDown',
  ]);
});

describe('values of the rules', () => {
  const withRules = (values: object) => {
    const prometheusRule = { ...MONITORED.monitoring.prometheusRule, ...values };
    return { ...MONITORED, monitoring: { ...MONITORED.monitoring, prometheusRule } };
  };

  test('add labels to every alert, and change none of its own', async () => {
    const alertLabels = { team: 'bots', severity: 'info' };
    const labelled = await renderAlerts(withRules({ alertLabels }));
    const plain = await renderAlerts();
    expect(labelled.map(({ labels }) => labels)).toEqual(
      plain.map(({ labels }) => ({ team: 'bots', ...labels })),
    );
  });

  test('leave alerts out, with their group where nothing is left of it', async () => {
    const disabledAlerts = ['CognigySessionGatewayDown', 'CognigySessionPodRestarts'];
    const left = await renderAlerts(withRules({ disabledAlerts }));
    const all = (await renderAlerts()).map(({ alert }) => alert);
    expect(left.map(({ alert }) => alert)).toEqual(
      all.filter((alert) => !disabledAlerts.includes(alert)),
    );
    for (const { rules } of await renderRuleGroups(withRules({ disabledAlerts })))
      expect(rules.length).toBeGreaterThan(0);
  });

  test('that name no alert are refused', async () => {
    const misspelt = renderAlerts(withRules({ disabledAlerts: ['SessionGateDown'] }));
    await expect(misspelt).rejects.toThrow(
      /disabledAlerts: there is no alert SessionGateDown; the/,
    );
  });
});

function kebabCase(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
}
