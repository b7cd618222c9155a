{{- /*
What the application's container needs to call the sidecar: both return a list, the second nothing if rpc is on
loopback, and take the library's context, `.Subcharts.<alias>`.
*/}}

{{- /* SESSION_SIDECAR_ADDRESS, in the form of gRPC clients: 127.0.0.1:28051, or unix:/run/session-sidecar/rpc.sock. */}}
{{- define "session-sidecar.appEnv" -}}
{{- $process := include "session-sidecar.process" . | fromYaml -}}
- name: SESSION_SIDECAR_ADDRESS
  value: {{ include "session-sidecar.address" $process.rpc | quote }}
{{- end }}

{{- /* The folder of the socket. It is read-only, since connecting writes nothing: only the sidecar can replace the socket. */}}
{{- define "session-sidecar.appVolumeMounts" -}}
{{- if eq .Values.rpc.listen "socket" -}}
- name: session-sidecar-socket
  mountPath: {{ include "session-sidecar.socketFolder" . }}
  readOnly: true
{{- end }}
{{- end }}
