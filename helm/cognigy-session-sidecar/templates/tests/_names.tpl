{{- define "cognigy-session-sidecar.tests.selectorLabels" -}}
{{ include "cognigy-session-sidecar.selectorLabels" . }}
app.kubernetes.io/component: tests
{{- end }}
