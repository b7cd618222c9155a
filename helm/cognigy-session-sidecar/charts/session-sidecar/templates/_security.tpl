{{- /*
What the Pod Security level `restricted` requires, and a read-only root file system. The user is set here as
well as in the image, since a Pod's own `runAsUser` would override the image's. OpenShift assigns users itself, one
range for each namespace, and refuses any other.

`own` is a security context of the values, whose schema admits only what remains within that level.
*/}}

{{- /* Of the sidecar's container, in a Pod of others. Takes the library's context. */}}
{{- define "session-sidecar.container.securityContext" -}}
{{- $own := .Values.securityContext | default dict -}}
{{- $container := include "session-sidecar.restrictedContainer" (dict "root" . "user" 65532 "own" $own) | fromYaml -}}
{{- toYaml (mergeOverwrite $container $own) }}
{{- end }}

{{- /* Of a container in a Pod that has `own`. Takes {root, user, own}. */}}
{{- define "session-sidecar.restrictedContainer" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
{{ include "session-sidecar.restrictedUser" . }}
{{- end }}

{{- define "session-sidecar.restrictedUser" -}}
{{- $user := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if not (dig "openshift" false (.root.Values.global | default dict)) -}}
{{- $_ := merge $user (dict "runAsUser" .user "runAsGroup" .user) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $user (pick (.own | default dict) "runAsUser" "runAsGroup" "seccompProfile")) }}
{{- end }}

{{- /* Of a Pod; files of its volumes belong to the user's group. Takes {root, user, own}. */}}
{{- define "session-sidecar.restrictedPod" -}}
{{- $pod := include "session-sidecar.restrictedUser" . | fromYaml -}}
{{- if not (dig "openshift" false (.root.Values.global | default dict)) -}}
{{- $_ := set $pod "fsGroup" .user -}}
{{- end -}}
{{- toYaml (mergeOverwrite $pod (.own | default dict)) }}
{{- end }}
