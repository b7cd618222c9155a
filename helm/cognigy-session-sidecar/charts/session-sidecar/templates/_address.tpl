{{- /*
The address of a sidecar's rpc listener, in the form of both RPC_LISTEN and gRPC clients. Takes
`process.rpc`. The socket is in a folder that sidecar and application both mount.
*/}}
{{- define "session-sidecar.address" -}}
{{- if .socket }}unix:{{ include "session-sidecar.socketFolder" . }}/rpc.sock{{ else }}127.0.0.1:{{ .port }}{{ end -}}
{{- end }}

{{- /*
All addresses of the Pod, for a listener that others reach: of both families, and of IPv4 alone where there is no IPv6.
*/}}
{{- define "session-sidecar.everyAddress" -}}
[::]
{{- end }}

{{- define "session-sidecar.socketFolder" -}}
/run/session-sidecar
{{- end }}
