// What the chart gives to Prometheus and Grafana, rendered with all of it on.

import { type Manifest, renderChart, theOnly } from './render.ts';

/** The label `job` of what is scraped for the release that is rendered here. */
export const JOB = 'bots/session';

export const MONITORED = {
  fullnameOverride: 'session',
  store: { url: 'redis://redis:6379' },
  monitoring: {
    serviceMonitor: { enabled: true },
    podMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
};

let monitored: Promise<Manifest[]> | undefined;

/** A rule of Prometheus: one that records, or one that alerts. */
export type Rule = {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

export type Alert = Rule & { alert: string };

/** The groups of rules, as a file of Prometheus has them. */
export async function renderRuleGroups(values: object = MONITORED): Promise<{ rules: Rule[] }[]> {
  return theOnly(await renderMonitored(values), 'PrometheusRule').spec.groups;
}

export async function renderAlerts(values: object = MONITORED): Promise<Alert[]> {
  const groups = await renderRuleGroups(values);
  return groups
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is Alert => rule.alert !== undefined);
}

type Target = { expr: string; legendFormat: string };

export type Panel = {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  fieldConfig?: { defaults: { unit: string; noValue?: string } };
  targets?: Target[];
};

export type Dashboard = {
  panels: Panel[];
  annotations: { list: { expr: string }[] };
  templating: { list: { name: string; query: string | { query: string } }[] };
};

/** The dashboard, as Grafana reads it from the ConfigMap. */
export async function renderDashboard(): Promise<Dashboard> {
  const { data } = theOnly(await renderMonitored(), 'ConfigMap', 'session-dashboard');
  return JSON.parse(data['cognigy-session-sidecar.json']);
}

/** The chart with these values. What most ask for is rendered once. */
export function renderMonitored(values: object = MONITORED): Promise<Manifest[]> {
  if (values !== MONITORED) return renderChart({ values });
  monitored ??= renderChart({ values });
  return monitored;
}
