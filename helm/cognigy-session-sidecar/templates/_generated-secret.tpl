{{- /*
A Secret with one random value, generated once: an upgrade finds it in the cluster and keeps its value.

`keep` leaves it in place when the release is uninstalled: flows, clients and other namespaces have copies of the value, and
a later release of the same name reuses the Secret. Rendering without a cluster (GitOps, `helm template`) finds nothing and
would generate another value each time: there a Secret must be named.

Takes {root, name, key, labels}.
*/}}
{{- define "cognigy-session-sidecar.generatedSecret" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name | default dict }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  labels:
    {{- .labels | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
type: Opaque
data:
  {{ .key | quote }}: {{ get ($found.data | default dict) .key | default (randAlphaNum 40 | b64enc) | quote }}
{{- end }}
