{{- /*
A YAML value as a CEL expression of the same value, so that the policy adds to a Pod exactly what the
library chart renders.

The members of a CEL list or map have one type, unless they are `dyn`. A JSON string is also a
CEL string. Numbers from YAML are floating point; CEL and the API distinguish whole numbers from others.
*/}}
{{- define "cognigy-session-sidecar.cel" -}}
{{- if kindIs "map" . -}}
{
{{- range $index, $name := keys . | sortAlpha }}
{{- if $index }}, {{ end }}{{ toJson $name }}: dyn({{ include "cognigy-session-sidecar.cel" (get $ $name) }})
{{- end -}}
}
{{- else if kindIs "slice" . -}}
[
{{- range $index, $member := . }}
{{- if $index }}, {{ end }}dyn({{ include "cognigy-session-sidecar.cel" $member }})
{{- end -}}
]
{{- else if and (kindIs "float64" .) (eq . (floor .)) -}}
{{ int64 . }}
{{- else -}}
{{ toJson . }}
{{- end -}}
{{- end }}
