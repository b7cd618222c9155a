{{- /*
The routes exposed outside the cluster, as [{path, type}]: the webhook's methods by both of their names, and the two
RPCs on the webhook's listener, with the same credential. Nothing else of that listener: inspecting and
erasing by path (`/api/v1/`, `/debug/`) is only available inside. Takes {rpcRoutes}.
*/}}
{{- define "cognigy-session-sidecar.gateway.routes" -}}
- path: /webhook/
  type: Prefix
- path: /cognigy.webhook.v1.WebhookService/
  type: Prefix
{{- if .rpcRoutes }}
{{- range list "Persist" "Restore" }}
- path: /cognigy.session.v1.SessionService/{{ . }}
  type: Exact
{{- end }}
{{- end }}
{{- end }}
