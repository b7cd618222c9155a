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
