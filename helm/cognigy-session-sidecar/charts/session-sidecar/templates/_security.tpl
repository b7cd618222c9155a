{{- /*
What the Pod Security level `restricted` asks for, and a read-only root file system. The user is said here as
well as in the image, since a Pod's own `runAsUser` would stand in place of the image's.
*/}}
{{- define "session-sidecar.container.securityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
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
