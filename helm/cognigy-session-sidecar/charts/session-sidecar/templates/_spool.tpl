{{- /*
The spool of a process: on if settings.SPOOL is. Its folder is a volume, since the root file system is
read-only. All take a process (_environment.tpl).
*/}}
{{- define "session-sidecar.hasSpool" -}}
{{- if eq (include "session-sidecar.env.text" (dig "SPOOL" "off" (.settings | default dict))) "on" }}true{{ end }}
{{- end }}

{{- define "session-sidecar.spoolFolder" -}}
/var/lib/session-sidecar/spool
{{- end }}

{{- /* A Pod that exceeds the limit is evicted: copies of damaged parts take up to 4 MiB in addition, and so does a segment that replaces one. */}}
{{- define "session-sidecar.spoolSizeLimit" -}}
{{- add (dig "SPOOL_MAX_BYTES" 67108864 .settings | int64) 16777216 }}
{{- end }}
