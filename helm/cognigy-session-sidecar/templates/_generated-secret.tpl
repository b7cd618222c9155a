{{- /*
A Secret with one random value, made once: an upgrade finds it in the cluster and keeps its value.

`keep` leaves it where it is when the release goes: flows, clients and other namespaces hold copies of the value, and a
release of the same name that comes later takes the Secret over and goes on with it. Where templates are rendered without a
cluster (GitOps, `helm template`) nothing is found, and each rendering would make another value: there a Secret
must be named.

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
