{{- /* Common parts of the Pods of the nodes and of the Job. All of them take the root context. */}}

{{- /* A file of the chart; the configuration is a template. Takes {root, name}. */}}
{{- define "cognigy-session-sidecar.redisCluster.file" -}}
{{- $text := .root.Files.Get (printf "files/redis-cluster/%s" .name) }}
{{- ternary (tpl $text .root) $text (eq .name "valkey.conf") | trim }}
{{- end }}

{{- /* 999 is the user of the official image. */}}
{{- define "cognigy-session-sidecar.redisCluster.podSecurityContext" -}}
{{- /* Otherwise each start would change, or check, the owner of every file on the volume. */ -}}
{{- $own := merge (dict) (.Values.redisCluster.securityContext | default dict) (dict "fsGroupChangePolicy" "OnRootMismatch") }}
{{ include "session-sidecar.restrictedPod" (dict "root" . "user" 999 "own" $own) }}
{{- end }}

{{- define "cognigy-session-sidecar.redisCluster.containerSecurityContext" -}}
{{ include "session-sidecar.restrictedContainer" (dict "root" . "user" 999 "own" .Values.redisCluster.securityContext) }}
{{- end }}

{{- /* The credentials of the scripts. */}}
{{- define "cognigy-session-sidecar.redisCluster.credentialEnv" -}}
- name: PASSWORD_FILE
  value: /etc/valkey-password/{{ .Values.redisCluster.existingSecretPasswordKey }}
{{- if .Values.redisCluster.tls.existingSecret }}
- name: TLS_CA
  value: /etc/valkey-tls/ca.crt
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.redisCluster.fileMounts" -}}
- name: files
  mountPath: /etc/valkey
  readOnly: true
# The whole folder, so that a changed password arrives (rotate.sh).
- name: password
  mountPath: /etc/valkey-password
  readOnly: true
{{- if .Values.redisCluster.tls.existingSecret }}
- name: tls
  mountPath: /etc/valkey-tls
  readOnly: true
{{- end }}
{{- end }}

{{- define "cognigy-session-sidecar.redisCluster.fileVolumes" -}}
- name: files
  configMap:
    name: {{ include "cognigy-session-sidecar.redisCluster.fullname" . }}
- name: password
  secret:
    secretName: {{ include "cognigy-session-sidecar.redisCluster.secretName" . }}
    defaultMode: 0440
    items:
      - key: {{ .Values.redisCluster.existingSecretPasswordKey }}
        path: {{ .Values.redisCluster.existingSecretPasswordKey }}
{{- with .Values.redisCluster.tls.existingSecret }}
- name: tls
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{- /* Where Pods may run; the same for the Job and the nodes. */}}
{{- define "cognigy-session-sidecar.redisCluster.scheduling" -}}
{{- with .Values.redisCluster.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.redisCluster.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.redisCluster.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* Nodes avoid each other's machines, and each other's zones if there are several. */}}
{{- define "cognigy-session-sidecar.redisCluster.affinity" -}}
{{- $selector := include "cognigy-session-sidecar.redisCluster.podLabels" . | fromYaml }}
{{- $machine := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" $selector) }}
{{- if .Values.redisCluster.affinity }}
{{- toYaml .Values.redisCluster.affinity }}
{{- else if eq .Values.redisCluster.podAntiAffinity "required" }}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - {{- toYaml $machine | nindent 6 }}
{{- else }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        {{- toYaml $machine | nindent 8 }}
{{- end }}
{{- end }}
