{{- /*
What the Pod Security level `restricted` asks for, and a read-only root file system. The user is said here as
well as in the image, since a Pod's own `runAsUser` would stand in place of the image's.
*/}}
{{- define "session-sidecar.container.securityContext" -}}
{{ include "session-sidecar.restrictedContainer" 65532 }}
{{- end }}

{{- /* The same for a container of another user, whose number it takes. */}}
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
