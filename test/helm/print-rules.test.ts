// Rules for those who do not use Helm: the same as those of the chart, for the same release.

import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { JOB, MONITORED, renderRuleGroups } from './monitored-chart.ts';

const SCRIPT = 'helm/print-rules.ts';
const RUNBOOK = 'https://docs.example.org/runbook.md';

type Group = { name: string };
const byName = (groups: Group[]) => groups.toSorted((a, b) => a.name.localeCompare(b.name));

test('the rules are those of the chart', async () => {
  const printed = execFileSync(process.execPath, [SCRIPT, JOB, RUNBOOK], { encoding: 'utf8' });
  const prometheusRule = { enabled: true, runbookUrl: RUNBOOK };
  const monitoring = { ...MONITORED.monitoring, prometheusRule };
  const groups = (await renderRuleGroups({ ...MONITORED, monitoring })) as unknown as Group[];
  expect(byName(parse(printed).groups)).toEqual(byName(groups));
});

test.each([[[]], [['session']], [['bots/session/more']], [['bots/se"ssion']]])(
  'a label that is none is refused: %j',
  (parameters) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...parameters], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Give the label `job` of the scraped metrics, <namespace>/<name>');
  },
);
