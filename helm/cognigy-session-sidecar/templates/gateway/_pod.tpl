{{- /* Parts of the gateway's Pod that take a thought. */}}

{{- /* What selectors look for stands, whatever the values say. */}}
{{- define "cognigy-session-sidecar.gateway.podLabels" -}}
{{- $fixed := include "cognigy-session-sidecar.gateway.selectorLabels" . | fromYaml }}
{{- toYaml (merge $fixed (.Values.gateway.podLabels | default dict) (.Values.commonLabels | default dict)) }}
{{- end }}

{{- /*
Load balancers go on sending for a moment after a Pod began to end, and one that has stopped listening loses
those updates: so it serves through this pause. The image has no shell and no `sleep`; from Kubernetes 1.30 on the
kubelet itself waits, before that Node does.
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

{{- /* Spread where that can be had, and counted per ReplicaSet: else the Pods that an update replaces weigh in. */}}
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
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end }}
