{{- /*
What the Pod Security level `restricted` requires, and a read-only root file system. The user is set here as
well as in the image, since a Pod's own `runAsUser` would override the image's. OpenShift assigns users itself, one
range for each namespace, and refuses any other. All take a context with `Values`.
*/}}
{{- define "session-sidecar.container.securityContext" -}}
{{ include "session-sidecar.restrictedContainer" (dict "root" . "user" 65532) }}
{{- end }}

{{- /* The same for a container of another user. Takes {root, user}. */}}
{{- define "session-sidecar.restrictedContainer" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
{{ include "session-sidecar.restrictedUser" . }}
{{- end }}

{{- define "session-sidecar.restrictedUser" -}}
runAsNonRoot: true
{{- if not (dig "openshift" false (.root.Values.global | default dict)) }}
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "session-sidecar.pod.securityContext" -}}
{{ include "session-sidecar.restrictedPod" (dict "root" . "user" 65532) }}
{{- end }}

{{- /* Of a Pod; files of its volumes belong to the user's group. Takes {root, user}. */}}
{{- define "session-sidecar.restrictedPod" -}}
{{ include "session-sidecar.restrictedUser" . }}
{{- if not (dig "openshift" false (.root.Values.global | default dict)) }}
fsGroup: {{ .user }}
{{- end }}
{{- end }}
