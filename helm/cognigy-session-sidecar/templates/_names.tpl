{{- /*
Names and labels of this chart's objects. All of them take the root context.

Selectors are immutable once an object exists, so they must not contain anything that an upgrade
may change: neither versions nor `nameOverride`. Each selector adds its own `app.kubernetes.io/component`.
*/}}

{{- /*
40 characters leave room for the suffixes of objects and their Pods: names of Services have at most 63. They contain neither
the dots that a release's name may have, nor the capitals of an alias in a parent chart.
*/}}
{{- define "cognigy-session-sidecar.fullname" -}}
{{- $name := .Values.nameOverride | default (lower .Chart.Name) }}
{{- $name = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- .Values.fullnameOverride | default $name | replace "." "-" | trunc 40 | trimAll "-" }}
{{- end }}

{{- define "cognigy-session-sidecar.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cognigy-session-sidecar.labels" -}}
{{ include "cognigy-session-sidecar.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /*
`annotations` of an object's metadata, if it has any: its own, then those of every object. Takes the root context, or
{Values, own}.
*/}}
{{- define "cognigy-session-sidecar.annotations" }}
{{- with merge dict (.own | default dict) (.Values.commonAnnotations | default dict) }}
  annotations:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "cognigy-session-sidecar.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /*
Labels and annotations that keep the proxies of service meshes out of Jobs, which do not end while a proxy runs,
and of the bundled cluster's nodes, which reach each other at addresses of Pods and have TLS of their own.
*/}}
{{- define "cognigy-session-sidecar.noMeshLabels" -}}
sidecar.istio.io/inject: "false"
{{- end }}

{{- define "cognigy-session-sidecar.noMeshAnnotations" -}}
linkerd.io/inject: disabled
{{- end }}
