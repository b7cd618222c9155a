{{- /*
What a Pod with the sidecar needs besides its container. All take the library's context, `.Subcharts.<alias>`.
*/}}

{{- /* Labels of the Pod: network policies know by them who may reach the store. Never among its selectors. */}}
{{- define "session-sidecar.podLabels" -}}
session-sidecar.cognigy/sidecar: "true"
{{- end }}

{{- /* Volumes of the sidecar, as a list for `volumes`; nothing if it needs none. */}}
{{- define "session-sidecar.podVolumes" -}}
{{- $process := include "session-sidecar.process" . | fromYaml -}}
{{- include "session-sidecar.volumes" (dict "root" . "process" $process) }}
{{- end }}

{{- /* Seconds for `terminationGracePeriodSeconds`: the application's own, then the sidecar's, and one to spare. */}}
{{- define "session-sidecar.terminationGracePeriodSeconds" -}}
{{- $sidecarSeconds := divf .Values.shutdownGraceMs 1000 | ceil | int -}}
{{- add .Values.applicationGraceSeconds $sidecarSeconds 1 }}
{{- end }}
