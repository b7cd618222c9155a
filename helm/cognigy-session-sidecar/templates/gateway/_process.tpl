{{- /*
The gateway's process, in the form of the library chart: the values, and the names of the Secrets and
ConfigMaps, whether given or generated.
*/}}
{{- define "cognigy-session-sidecar.gateway.process" -}}
{{- $everyAddress := include "session-sidecar.everyAddress" . -}}
settings:
  {{- toYaml (omit (.Values.settings | default dict) "SHUTDOWN_GRACE_MS") | nindent 2 }}
store:
  {{- include "cognigy-session-sidecar.store" . | nindent 2 }}
flows:
  configMap: {{ include "cognigy-session-sidecar.flows.configMap" . | quote }}
webhook:
  host: {{ $everyAddress | quote }}
  port: 8080
  secretName: {{ include "cognigy-session-sidecar.webhook.secretName" . | quote }}
  secretKey: {{ .Values.webhook.existingSecretKey | quote }}
  tlsSecretName: {{ .Values.webhook.tls.existingSecret | quote }}
rpc:
  port: 28051
  {{- if .Values.rpc.enabled }}
  host: {{ $everyAddress | quote }}
  tokenSecretName: {{ include "cognigy-session-sidecar.rpc.secretName" . | quote }}
  tokenSecretKey: {{ .Values.rpc.existingSecretTokenKey | quote }}
  tlsSecretName: {{ .Values.rpc.tls.existingSecret | quote }}
  clientCaKey: {{ .Values.rpc.tls.clientCaKey | quote }}
  plaintext: {{ .Values.rpc.plaintext }}
  {{- else }}
  host: 127.0.0.1
  tokenSecretName: ""
  tokenSecretKey: ""
  tlsSecretName: ""
  clientCaKey: ""
  plaintext: false
  {{- end }}
admin:
  host: {{ $everyAddress | quote }}
  port: 28464
spool:
  claimed: {{ .Values.gateway.spool.persistence.enabled }}
shutdownGraceMs: {{ include "cognigy-session-sidecar.gateway.shutdownGraceMs" . }}
extraEnvVars:
  {{- toYaml .Values.gateway.extraEnvVars | nindent 2 }}
{{- end }}

{{- define "cognigy-session-sidecar.flows.configMap" -}}
{{- if .Values.flows.existingConfigMap }}
{{- .Values.flows.existingConfigMap }}
{{- else if .Values.flows.definitions }}
{{- printf "%s-flows" (include "cognigy-session-sidecar.fullname" .) }}
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.webhook.secretName" -}}
{{- .Values.webhook.existingSecret | default (printf "%s-webhook" (include "cognigy-session-sidecar.fullname" .)) }}
{{- end }}

{{- /* None if callers have certificates and no Secret is named: otherwise a token would be required as well. */}}
{{- define "cognigy-session-sidecar.rpc.secretName" -}}
{{- if .Values.rpc.existingSecret }}
{{- .Values.rpc.existingSecret }}
{{- else if not .Values.rpc.tls.clientCaKey }}
{{- printf "%s-rpc" (include "cognigy-session-sidecar.fullname" .) }}
{{- end }}
{{- end }}

{{- /*
How long Kubernetes waits before it kills: the gateway serves during preStop, then finishes requests in
flight within SHUTDOWN_GRACE_MS; the rest is for the kubelet's own steps.
*/}}
{{- define "cognigy-session-sidecar.gateway.terminationGracePeriodSeconds" -}}
{{- $shutdownMs := include "cognigy-session-sidecar.gateway.shutdownGraceMs" . | float64 }}
{{- add .Values.gateway.preStopSeconds (divf $shutdownMs 1000 | ceil | int) 5 }}
{{- end }}

{{- define "cognigy-session-sidecar.gateway.shutdownGraceMs" -}}
{{- dig "SHUTDOWN_GRACE_MS" 10000 (.Values.settings | default dict) | int }}
{{- end }}

{{- /* What the gateway's Pods belong to. */}}
{{- define "cognigy-session-sidecar.gateway.kind" -}}
{{- ternary "StatefulSet" "Deployment" .Values.gateway.spool.persistence.enabled }}
{{- end }}

{{- define "cognigy-session-sidecar.gateway.selectorLabels" -}}
{{ include "cognigy-session-sidecar.selectorLabels" . }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "cognigy-session-sidecar.gateway.labels" -}}
{{ include "cognigy-session-sidecar.labels" . }}
app.kubernetes.io/component: gateway
{{- end }}
