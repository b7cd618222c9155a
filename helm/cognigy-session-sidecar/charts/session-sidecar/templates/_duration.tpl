{{- /*
Refuses a duration outside the service's common range, in any unit; the schema checks its form.
Takes {name, text}, and renders nothing.
*/}}
{{- define "session-sidecar.duration.check" -}}
{{- $unitSeconds := dict "w" 604800 "d" 86400 "h" 3600 "m" 60 "s" 1 "" 1 -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9]+[a-z]?" (lower .text) -1 -}}
{{- /* As floating point: a whole number that begins with 0 would be read as octal. */ -}}
{{- $count := regexFind "[0-9]+" . -}}
{{- $seconds = addf $seconds (mulf $count (get $unitSeconds (trimPrefix $count .))) -}}
{{- end -}}
{{- if or (lt $seconds 1.0) (gt $seconds 34560000.0) -}}
{{- fail (printf "settings.%s is %s: it takes 1 second to 400 days" .name .text) -}}
{{- end -}}
{{- end }}
