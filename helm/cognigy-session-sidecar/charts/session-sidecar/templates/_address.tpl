{{- /*
Where the rpc listener of a sidecar is, in the form that RPC_LISTEN and gRPC clients alike take. Takes
`process.rpc`. The socket lies in a folder that sidecar and application both mount.
*/}}
{{- define "session-sidecar.address" -}}
{{- if .socket }}unix:{{ include "session-sidecar.socketFolder" . }}/rpc.sock{{ else }}127.0.0.1:{{ .port }}{{ end -}}
{{- end }}

{{- /*
All addresses of the Pod, for a listener that others reach; takes `ipFamily`. `[::]` takes what comes by IPv4 as well.
It is not the default, since a kernel may have no IPv6, and then nothing listens.
*/}}
{{- define "session-sidecar.everyAddress" -}}
{{- ternary "[::]" "0.0.0.0" (eq . "IPv6") }}
{{- end }}

{{- define "session-sidecar.socketFolder" -}}
/run/session-sidecar
{{- end }}
