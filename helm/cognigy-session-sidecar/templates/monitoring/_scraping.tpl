{{- /*
The label `job` of all metrics of a release, by which rules and dashboard select it. It is unique in
a Prometheus with many namespaces, and the same for gateway and sidecars, in whatever namespaces they are.
*/}}
{{- define "cognigy-session-sidecar.monitoring.job" -}}
{{- printf "%s/%s" .Release.Namespace (include "cognigy-session-sidecar.fullname" .) }}
{{- end }}

{{- /*
Labels of the targets; the operator adds `namespace`, `pod` and `container`. Takes {root, component}.
*/}}
{{- define "cognigy-session-sidecar.monitoring.relabelings" -}}
- targetLabel: job
  replacement: {{ include "cognigy-session-sidecar.monitoring.job" .root }}
- targetLabel: component
  replacement: {{ .component }}
{{- end }}

{{- /*
When the targets are scraped. Prometheus drops a monitor whose timeout is above its interval, and reports that only in
its own log. Takes {monitor, value}, where `value` is the path of the monitor's values.
*/}}
{{- define "cognigy-session-sidecar.monitoring.times" -}}
interval: {{ .monitor.interval }}
{{- with .monitor.scrapeTimeout }}
{{- $timeoutMs := include "cognigy-session-sidecar.monitoring.ms" . | int }}
{{- if gt $timeoutMs (include "cognigy-session-sidecar.monitoring.ms" $.monitor.interval | int) }}
{{- fail (printf "%s.scrapeTimeout (%s) is above its interval (%s): Prometheus would not scrape it" $.value . $.monitor.interval) }}
{{- end }}
scrapeTimeout: {{ . }}
{{- end }}
{{- end }}

{{- /* A duration of Prometheus in milliseconds: 1m30s is 90000. */}}
{{- define "cognigy-session-sidecar.monitoring.ms" -}}
{{- $unitMs := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 -}}
{{- $ms := 0 -}}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 -}}
{{- $count := regexFind "^[0-9]+" . -}}
{{- $ms = add $ms (mul (float64 $count | int) (get $unitMs (trimPrefix $count .))) -}}
{{- end -}}
{{- $ms -}}
{{- end }}

{{- /* The runbook of this version: where the release was published from, if the chart says so. */}}
{{- define "cognigy-session-sidecar.monitoring.runbookUrl" -}}
{{- with .Chart.Sources }}{{ first . }}/blob/v{{ $.Chart.Version }}/{{ end }}docs/runbook.md
{{- end }}
