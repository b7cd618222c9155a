{{- /*
The address of a sidecar's rpc listener, in the form of both RPC_LISTEN and gRPC clients. Takes
`process.rpc`. The socket is in a folder that sidecar and application both mount.
*/}}
{{- define "session-sidecar.address" -}}
{{- if .socket }}unix:{{ include "session-sidecar.socketFolder" . }}/rpc.sock{{ else }}127.0.0.1:{{ .port }}{{ end -}}
{{- end }}

{{- /*
All addresses of the Pod, for a listener that others reach; takes `ipFamily`. `[::]` accepts IPv4 as well.
It is not the default, since listening would fail on a kernel without IPv6.
*/}}
{{- define "session-sidecar.everyAddress" -}}
{{- ternary "[::]" "0.0.0.0" (eq . "IPv6") }}
{{- end }}

{{- define "session-sidecar.socketFolder" -}}
/run/session-sidecar
{{- end }}
