import { expect, test } from 'vitest';
import { type Panel, renderDashboard, renderMonitored } from './monitored-chart.ts';
import { selectorsIn } from './promql.ts';
import { theOnly } from './render.ts';

const { panels, annotations, templating } = await renderDashboard();
const drawn = panels.filter(({ type }) => type !== 'row');

test('the ConfigMap has what the sidecar of Grafana looks for', async () => {
  const { metadata, data } = theOnly(await renderMonitored(), 'ConfigMap', 'session-dashboard');
  expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  expect(Object.keys(data)).toEqual(['cognigy-session-sidecar.json']);
});

test('every panel says what it shows, in which unit, and of which data source', () => {
  expect(drawn.length).toBeGreaterThan(25);
  for (const { title, description, fieldConfig, datasource, targets = [] } of drawn) {
    expect(description, title).toMatch(/\.$/);
    expect(fieldConfig?.defaults.unit, title).toBeTruthy();
    expect(datasource, title).toMatchObject({ uid: '$' + '{datasource}' });
    expect(targets.length, title).toBeGreaterThan(0);
    for (const { legendFormat } of targets) expect(legendFormat, title).not.toBe('');
  }
});

test('every panel has an id and a place of its own', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos }) => cellsOf(gridPos));
  expect(new Set(cells).size).toBe(cells.length);
  for (const { title, gridPos } of panels)
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
});

test('every query is bounded by the release, namespaces and Pods that are chosen', () => {
  const chosen = { cluster: '$cluster', job: '$job', namespace: '$namespace', pod: '$pod' };
  const expressions = drawn.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  for (const { metric, matchers } of [
    ...expressions,
    ...annotations.list.map(({ expr }) => expr),
  ].flatMap(selectorsIn)) {
    const wanted = metric.startsWith('ALERTS')
      ? { cluster: chosen.cluster, job: chosen.job }
      : chosen;
    expect(
      Object.fromEntries(matchers.map(({ label, value }) => [label, value])),
      metric,
    ).toMatchObject(wanted);
  }
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', ...Object.keys(chosen)]);
});

test('each share of failed requests leaves out those that were refused for a credential', () => {
  const shares = drawn.filter(({ title }) => title.startsWith('Requests that fail through us'));
  expect(shares.length).toBe(2);
  for (const { title, targets = [], fieldConfig } of shares) {
    expect(fieldConfig?.defaults.unit, title).toBe('percentunit');
    const subtracted = targets.flatMap(({ expr }) => selectorsIn(expr.split(' - ')[1] ?? ''));
    expect(subtracted[0]?.metric, title).toBe('cognigy_session_errors_total');
    expect(subtracted[0]?.matchers, title).toContainEqual({
      ...{ label: 'error_type', operator: '=~' },
      value: 'unauthenticated|wrong_credential|wrong_bearer',
    });
    expect(targets.some(({ expr }) => expr.includes('http_requests_total'))).toBe(true);
  }
});

test('every rate fits the step, and no rate is of a gauge', () => {
  for (const { expr } of drawn.flatMap(({ targets = [] }) => targets)) {
    for (const [, range] of expr.matchAll(/\[([^\]]+)\]/g))
      expect(range, expr).toBe('$__rate_interval');
    for (const [, metric] of expr.matchAll(/\b(?:rate|increase)\(([a-z_0-9]+)/g))
      expect(metric, expr).toMatch(/_(total|bucket|count|sum)$/);
  }
});

function cellsOf({ x, y, w, h }: Panel['gridPos']): string[] {
  return Array.from(
    { length: w * h },
    (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`,
  );
}
