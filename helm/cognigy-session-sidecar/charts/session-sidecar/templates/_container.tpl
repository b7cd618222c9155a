{{- /*
The sidecar as one entry of `initContainers`. `restartPolicy: Always` makes it a native sidecar: it is started
before the containers of the application and ends after the last of them.

  started    The kubelet waits for the startup probe before it goes on: the application finds rpc open.
  running    Liveness follows the process, never the store. A store that is down does not take the
             application's Pod out of its Services either, unless `readinessProbe` says so.
  stopped    SIGTERM comes once the application has ended, so there is nothing to wait for in a preStop; where
             the application used up the grace period, 2 s are left, and `shutdownGraceMs` stays below them.

Probes go to the Pod's address: the kubelet does not reach the Pod's loopback.

Takes the library's context, `.Subcharts.<alias>`. Gives a list of one.
*/}}
{{- define "session-sidecar.initContainer" -}}
{{- $process := include "session-sidecar.process" . | fromYaml -}}
{{- $parts := dict "root" . "process" $process -}}
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
