// Prints the rules of the chart as a rule file of Prometheus, for those who do not use Helm or the
// Prometheus operator: `npm run print-rules -- bots/session https://…/runbook.md`.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RULES = join(import.meta.dirname, 'cognigy-session-sidecar/files/monitoring/rules');

/** The rules for the metrics whose label `job` is `namespace/name`, as the chart makes them for the
 * release of this name, as YAML. `runbook` is the address that alerts lead to. */
export function ruleFile(job: string, runbook = 'docs/runbook.md'): string {
  const [namespace = ''] = job.split('/');
  const groups = readdirSync(RULES).map((file) => {
    const [, rules = ''] = readFileSync(join(RULES, file), 'utf8').split(/^rules:\n/m);
    const text = rules
      .replaceAll('<job>', job)
      .replaceAll('<namespace>', namespace)
      .replaceAll('<runbook>', runbook);
    const name = `${job}/${file.replace('.yaml', '')}`;
    return `  - name: ${name}\n    rules:\n${text.replaceAll(/^(?=.)/gm, '    ')}`;
  });
  return `groups:\n${groups.join('\n')}`;
}

if (import.meta.main) {
  const [job = '', runbook] = process.argv.slice(2);
  if (/^[\w.-]+\/[\w.-]+$/.test(job)) process.stdout.write(ruleFile(job, runbook));
  else {
    process.stderr.write(
      'Give the label `job` of the scraped metrics, <namespace>/<name>, such as bots/session, ' +
        'and optionally the address of the runbook.\n',
    );
    process.exitCode = 2;
  }
}
