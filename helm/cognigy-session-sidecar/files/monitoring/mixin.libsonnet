// The rules and the dashboard as a mixin of Prometheus: the files that the chart renders, for the metrics whose
// label `job` is one of `jobs`. docs/kubernetes/monitoring.md shows how to import it.
{
  _config+:: {
    // The labels `job` of the scraped metrics, <namespace>/<name>.
    jobs: ['bots/session'],
    // Address of docs/runbook.md, to which alerts lead.
    runbookUrl: 'docs/runbook.md',
    // Whether there is a gateway: without one, an alert would always say that none answers.
    hasGateway: true,
  },

  local files = {
    callers: importstr 'rules/callers.yaml',
    gateway: importstr 'rules/gateway.yaml',
    processes: importstr 'rules/processes.yaml',
    requests: importstr 'rules/requests.yaml',
    sessions: importstr 'rules/sessions.yaml',
    spool: importstr 'rules/spool.yaml',
    store: importstr 'rules/store.yaml',
    tls: importstr 'rules/tls.yaml',
  },

  local config = $._config,
  local textFor(text, job) =
    local withJob = std.strReplace(text, '<job>', job);
    local withNamespace = std.strReplace(withJob, '<namespace>', std.split(job, '/')[0]);
    std.strReplace(withNamespace, '<runbook>', config.runbookUrl),
  local groups(isWanted) = [
    group
    for job in config.jobs
    for name in std.objectFields(files)
    if name != 'gateway' || config.hasGateway
    for group in [{
      name: job + '/' + name,
      rules: std.filter(isWanted, std.parseYaml(textFor(files[name], job)).rules),
    }]
    if std.length(group.rules) > 0
  ],

  prometheusRules+:: { groups+: groups(function(rule) 'record' in rule) },
  prometheusAlerts+:: { groups+: groups(function(rule) 'alert' in rule) },
  grafanaDashboards+:: { 'cognigy-session-sidecar.json': import 'dashboard.json' },
}
