{{- /*
A value of YAML as an expression of CEL that makes the same value: so what the policy puts into a Pod is what the
library chart renders, and nobody writes it a second time.

The members of one CEL list or map have one type, unless `dyn` takes it from them. A string of JSON is a string of
CEL. Numbers that YAML gave are floating point; CEL and the API tell whole ones from others.
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
