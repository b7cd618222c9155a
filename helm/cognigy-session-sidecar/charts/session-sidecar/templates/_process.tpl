{{- /*
The sidecar as a process (_environment.tpl): no webhook, since port 8080 is the application's; rpc that can only
be reached within the Pod; health and metrics on the Pod's address.

Like all templates for other charts it takes the library's own context, `.Subcharts.<alias>`, with its
values and the appVersion of its image.
*/}}
{{- define "session-sidecar.process" -}}
{{- if hasKey .Values "ipFamily" }}
{{- fail "ipFamily is no longer a value: the sidecar listens on the addresses of both families. Remove it" }}
{{- end -}}
settings: {{ toYaml .Values.settings | nindent 2 }}
store: {{ toYaml .Values.store | nindent 2 }}
flows:
  configMap: {{ .Values.flows.existingConfigMap | quote }}
webhook: {}
rpc:
{{- if eq .Values.rpc.listen "socket" }}
  socket: true
{{- else }}
{{- if eq (int .Values.rpc.port) (int .Values.admin.port) }}
{{- fail "rpc.port and admin.port are the same port: the sidecar cannot listen on it twice" }}
{{- end }}
  host: 127.0.0.1
  port: {{ .Values.rpc.port }}
{{- end }}
admin:
  host: {{ include "session-sidecar.everyAddress" . | quote }}
  port: {{ .Values.admin.port }}
spool:
  volume: {{ toYaml .Values.spool.volume | nindent 4 }}
{{- if and .Values.spool.volume (not (include "session-sidecar.hasSpool" .Values)) }}
{{- fail "spool.volume is not used without settings.SPOOL: on" }}
{{- end }}
shutdownGraceMs: {{ .Values.shutdownGraceMs }}
extraEnvVars: {{ toYaml .Values.extraEnvVars | nindent 2 }}
{{- end }}
