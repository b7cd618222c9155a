{{- /*
What rules and dashboard know a release by: the label `job` of everything that is scraped for it. It is unique in
a Prometheus that sees many namespaces, and the same for gateway and sidecars, whatever their own namespaces are.
*/}}
{{- define "cognigy-session-sidecar.monitoring.job" -}}
{{- printf "%s/%s" .Release.Namespace (include "cognigy-session-sidecar.fullname" .) }}
{{- end }}

{{- /*
Labels of the targets besides `namespace`, `pod` and `container`, which the operator sees to. Takes {root, component}.
*/}}
{{- define "cognigy-session-sidecar.monitoring.relabelings" -}}
- targetLabel: job
  replacement: {{ include "cognigy-session-sidecar.monitoring.job" .root }}
- targetLabel: component
  replacement: {{ .component }}
{{- end }}
