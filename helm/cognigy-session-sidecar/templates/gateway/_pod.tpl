{{- /* Parts of the gateway's Pod that need an explanation. */}}

{{- /* Values cannot change the labels of selectors. */}}
{{- define "cognigy-session-sidecar.gateway.podLabels" -}}
{{- $fixed := include "cognigy-session-sidecar.gateway.selectorLabels" . | fromYaml }}
{{- toYaml (merge $fixed (.Values.gateway.podLabels | default dict) (.Values.commonLabels | default dict)) }}
{{- end }}

{{- /*
Load balancers still send requests for a moment after a Pod began to terminate, and they would be lost if it had stopped
listening: so it serves during this pause. The image has no shell and no `sleep`; from Kubernetes 1.30 on the kubelet
waits, in older versions Node does.
*/}}
{{- define "cognigy-session-sidecar.gateway.preStop" -}}
{{- with .Values.gateway.preStopSeconds | int }}
lifecycle:
  preStop:
    {{- if semverCompare ">=1.30.0-0" $.Capabilities.KubeVersion.Version }}
    sleep:
      seconds: {{ . }}
    {{- else }}
    exec:
      command: [/nodejs/bin/node, -e, "setTimeout(() => {}, {{ mul . 1000 }})"]
    {{- end }}
{{- end }}
{{- end }}

{{- /*
Spread if possible, and counted per ReplicaSet: otherwise Pods that an update replaces would count. A StatefulSet
replaces each in its place.
*/}}
{{- define "cognigy-session-sidecar.gateway.topologySpreadConstraints" -}}
{{- if .Values.gateway.topologySpreadConstraints }}
{{- toYaml .Values.gateway.topologySpreadConstraints }}
{{- else }}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "cognigy-session-sidecar.gateway.selectorLabels" $ | nindent 6 }}
  {{- if not $.Values.gateway.spool.persistence.enabled }}
  matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Security contexts of the gateway's Pods, and of those that run its image for a moment. */}}
{{- define "cognigy-session-sidecar.gateway.podSecurityContext" -}}
{{ include "session-sidecar.restrictedPod" (dict "root" . "user" 65532 "own" .Values.gateway.securityContext) }}
{{- end }}

{{- define "cognigy-session-sidecar.gateway.containerSecurityContext" -}}
{{ include "session-sidecar.restrictedContainer" (dict "root" . "user" 65532 "own" .Values.gateway.securityContext) }}
{{- end }}
