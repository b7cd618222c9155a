{{- /*
What a Pod with the sidecar needs in addition to its container. All take the library's context, `.Subcharts.<alias>`.
*/}}

{{- /* Labels of the Pod, by which network policies admit it to the store. Never among its selectors. */}}
{{- define "session-sidecar.podLabels" -}}
session-sidecar.cognigy/sidecar: "true"
{{- end }}

{{- /* Volumes of the sidecar, as a list for `volumes`; nothing if it needs none. */}}
{{- define "session-sidecar.podVolumes" -}}
{{- $process := include "session-sidecar.process" . | fromYaml -}}
{{- include "session-sidecar.volumes" (dict "root" . "process" $process) }}
{{- end }}

{{- /* Seconds for `terminationGracePeriodSeconds`: the application's own, the sidecar's, and one more. */}}
{{- define "session-sidecar.terminationGracePeriodSeconds" -}}
{{- $sidecarSeconds := divf .Values.shutdownGraceMs 1000 | ceil | int -}}
{{- add .Values.applicationGraceSeconds $sidecarSeconds 1 }}
{{- end }}
