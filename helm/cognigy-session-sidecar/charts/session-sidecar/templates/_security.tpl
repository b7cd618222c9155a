{{- /*
What the Pod Security level `restricted` requires, and a read-only root file system. The user is set here as
well as in the image, since a Pod's own `runAsUser` would override the image's.
*/}}
{{- define "session-sidecar.container.securityContext" -}}
{{ include "session-sidecar.restrictedContainer" 65532 }}
{{- end }}

{{- /* The same for a container of another user; takes its number. */}}
{{- define "session-sidecar.restrictedContainer" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "session-sidecar.pod.securityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}
