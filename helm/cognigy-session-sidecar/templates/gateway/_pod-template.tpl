{{- /* The template of the gateway's Pods. Takes the root context. */}}
{{- define "cognigy-session-sidecar.gateway.podTemplate" -}}
{{- $gateway := .Values.gateway -}}
{{- $process := include "cognigy-session-sidecar.gateway.process" . | fromYaml -}}
{{- $library := dict "root" $ "process" $process -}}
metadata:
  # No checksums: the service watches the files of secrets, certificates and flow definitions, and
  # everything else is in this template.
  labels:
    {{- include "cognigy-session-sidecar.gateway.podLabels" . | nindent 4 }}
  {{- with $gateway.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "cognigy-session-sidecar.serviceAccountName" . }}
  # It never calls the API server.
  automountServiceAccountToken: false
  # A Service called `store` would otherwise bring variables such as STORE_PORT.
  enableServiceLinks: false
  {{- with include "session-sidecar.imagePullSecrets" . }}
  imagePullSecrets:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with $gateway.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  securityContext:
    {{- include "cognigy-session-sidecar.gateway.podSecurityContext" $ | nindent 4 }}
  terminationGracePeriodSeconds: {{ include "cognigy-session-sidecar.gateway.terminationGracePeriodSeconds" . }}
  containers:
    - name: session-sidecar
      image: {{ include "session-sidecar.image" (dict "root" $ "image" .Values.image) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        {{- include "cognigy-session-sidecar.gateway.containerSecurityContext" $ | nindent 8 }}
      env:
        {{- include "session-sidecar.env" $library | trim | nindent 8 }}
      ports:
        {{- include "session-sidecar.ports" $library | trim | nindent 8 }}
      # /healthz answers when every listener is open.
      startupProbe:
        httpGet:
          path: /healthz
          port: session-admin
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: 60
      # Does not depend on the store: a restart would not bring it back.
      livenessProbe:
        httpGet:
          path: /healthz
          port: session-admin
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet:
          path: /readyz
          port: session-admin
        periodSeconds: 3
        timeoutSeconds: 2
        failureThreshold: 2
      {{- with include "cognigy-session-sidecar.gateway.preStop" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      resources:
        {{- toYaml $gateway.resources | nindent 8 }}
      volumeMounts:
        {{- include "session-sidecar.volumeMounts" $library | trim | nindent 8 }}
        {{- with $gateway.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- include "session-sidecar.volumes" $library | trim | nindent 4 }}
    {{- with $gateway.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  topologySpreadConstraints:
    {{- include "cognigy-session-sidecar.gateway.topologySpreadConstraints" . | trim | nindent 4 }}
  {{- with $gateway.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $gateway.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $gateway.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $gateway.extraPodSpec }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
