{{- /*
The version of MutatingAdmissionPolicy that the API server has, or nothing: v1 from Kubernetes 1.36 on, v1beta1
if it is turned on in 1.34 or 1.35. Takes the root context.
*/}}
{{- define "cognigy-session-sidecar.injection.apiVersion" -}}
{{- if .Values.injection.enabled }}
{{- if .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}
admissionregistration.k8s.io/v1
{{- else if .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy" -}}
admissionregistration.k8s.io/v1beta1
{{- end }}
{{- end }}
{{- end }}

{{- /*
The policy belongs to no namespace, so its name contains the release and its namespace. Neither has a
dot, so no two releases get the same name.
*/}}
{{- define "cognigy-session-sidecar.injection.name" -}}
{{ include "cognigy-session-sidecar.fullname" . }}.{{ .Release.Namespace }}
{{- end }}

{{- define "cognigy-session-sidecar.injection.labels" -}}
{{ include "cognigy-session-sidecar.labels" . }}
app.kubernetes.io/component: injection
{{- end }}

{{- /*
The injected parts, as {initContainer, volumes, appEnv, appVolumeMounts}: everything that the library chart provides for
a chart that includes it. Takes the root context.
*/}}
{{- define "cognigy-session-sidecar.injection.parts" -}}
{{- $context := include "cognigy-session-sidecar.injection.context" . | fromYaml -}}
initContainer: {{ include "session-sidecar.initContainer" $context | nindent 2 }}
volumes: {{ include "session-sidecar.podVolumes" $context | default "[]" | nindent 2 }}
appEnv: {{ include "session-sidecar.appEnv" $context | nindent 2 }}
appVolumeMounts: {{ include "session-sidecar.appVolumeMounts" $context | default "[]" | nindent 2 }}
{{- end }}

{{- /* The injected sidecar as a process (_environment.tpl of the library). Takes the root context. */}}
{{- define "cognigy-session-sidecar.injection.process" -}}
{{- include "cognigy-session-sidecar.injection.context" . | fromYaml | include "session-sidecar.process" }}
{{- end }}

{{- /* What the templates of the library chart take, for an injected sidecar. Takes the root context. */}}
{{- define "cognigy-session-sidecar.injection.context" -}}
{{- $values := deepCopy .Values.injectedSidecar -}}
{{- /* The gateway's shutdown time is too long for a sidecar, which has its own value. */ -}}
{{- $settings := mergeOverwrite (omit (.Values.settings | default dict) "SHUTDOWN_GRACE_MS") ($values.settings | default dict) -}}
{{- $_ := set $values "settings" $settings -}}
{{- if not $values.image.repository }}{{ $_ := set $values "image" .Values.image }}{{ end -}}
{{- if not $values.store.url }}
{{- $_ := set $values "store" (include "cognigy-session-sidecar.store" . | fromYaml) -}}
{{- end -}}
{{- if not $values.flows.existingConfigMap }}
{{- $_ := set $values.flows "existingConfigMap" (include "cognigy-session-sidecar.flows.configMap" .) -}}
{{- end -}}
{{- $_ := set $values "global" .Values.global -}}
{{- toYaml (dict "Values" $values "Chart" (dict "AppVersion" .Chart.AppVersion)) }}
{{- end }}
