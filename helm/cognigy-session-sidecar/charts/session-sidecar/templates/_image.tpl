{{- /*
The image of a container: registry, repository, and a digest or a tag. The registry of the whole
release (`global.imageRegistry`) is put before the image's own; the default tag is the chart's appVersion.

Takes {root, image}: `root` is a chart's context, `image` as in values.yaml.
*/}}
{{- define "session-sidecar.image" -}}
{{- $global := .root.Values.global | default dict -}}
{{- $registry := $global.imageRegistry | default .image.registry -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end }}

{{- /*
The Secrets that pull the images, as a list for `imagePullSecrets` of a Pod; nothing if there are none.
`global.imagePullSecrets` holds names, or objects with a name. Takes a chart's context.
*/}}
{{- define "session-sidecar.imagePullSecrets" -}}
{{- $global := .Values.global | default dict -}}
{{- $secrets := list -}}
{{- range $global.imagePullSecrets }}{{ $secrets = append $secrets (kindIs "map" . | ternary . (dict "name" .)) }}{{ end -}}
{{- with $secrets }}{{ toYaml . }}{{ end -}}
{{- end }}
