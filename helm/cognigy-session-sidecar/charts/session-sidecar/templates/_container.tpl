{{- /*
The sidecar as one entry of `initContainers`. `restartPolicy: Always` makes it a native sidecar: it is started
before the containers of the application and ends after the last of them.

  started    The kubelet waits for the startup probe before it continues: rpc is open when the application starts.
  running    Liveness checks the process, never the store. Without `readinessProbe`, a store that is down does
             not remove the application's Pod from its Services either.
  stopped    SIGTERM is sent when the application has ended, so a preStop has nothing to wait for; if
             the application used the whole grace period, 2 s are left, and `shutdownGraceMs` is below them.

Probes use the Pod's address: the kubelet cannot reach the Pod's loopback.

Takes the library's context, `.Subcharts.<alias>`. Returns a list of one.
*/}}
{{- define "session-sidecar.initContainer" -}}
{{- $process := include "session-sidecar.process" . | fromYaml -}}
{{- $parts := dict "root" . "process" $process -}}
{{- /* An injected sidecar is in Pods of other namespaces, and has no release. */ -}}
{{- if hasKey . "Release" -}}
{{- $secrets := include "session-sidecar.secrets" $process | fromYaml -}}
{{- $values := include "session-sidecar.secretValues" . | fromYaml -}}
{{- include "session-sidecar.checkSecrets" (dict "root" . "secrets" $secrets "values" $values) -}}
{{- end -}}
- name: session-sidecar
  image: {{ include "session-sidecar.image" (dict "root" . "image" .Values.image) | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  restartPolicy: Always
  env: {{- include "session-sidecar.env" $parts | nindent 4 }}
  ports: {{- include "session-sidecar.ports" $parts | nindent 4 }}
  startupProbe:
    httpGet:
      path: /healthz
      port: session-admin
    periodSeconds: 1
    timeoutSeconds: 2
    failureThreshold: 60
  livenessProbe:
    httpGet:
      path: /healthz
      port: session-admin
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 3
  {{- if .Values.readinessProbe }}
  readinessProbe:
    httpGet:
      path: /readyz
      port: session-admin
    periodSeconds: 5
    timeoutSeconds: 5
    failureThreshold: 2
  {{- end }}
  resources: {{- toYaml .Values.resources | nindent 4 }}
  securityContext: {{- include "session-sidecar.container.securityContext" . | nindent 4 }}
  {{- with include "session-sidecar.volumeMounts" $parts }}
  volumeMounts: {{- . | nindent 4 }}
  {{- end }}
{{- end }}
