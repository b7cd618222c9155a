{{- /*
The ports of one process that are reached from outside its Pod, as a list for `ports`. The names are specific, so
that they do not collide with those of an application in the same Pod. Takes {root, process} (_environment.tpl).
*/}}
{{- define "session-sidecar.ports" -}}
- name: session-admin
  containerPort: {{ .process.admin.port }}
  protocol: TCP
{{- with .process.webhook.port }}
- name: session-webhook
  containerPort: {{ . }}
  protocol: TCP
{{- end }}
{{- if and .process.rpc.port (ne .process.rpc.host "127.0.0.1") }}
- name: session-rpc
  containerPort: {{ .process.rpc.port }}
  protocol: TCP
{{- end }}
{{- end }}
