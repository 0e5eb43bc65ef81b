{{/* The variable of each of .Values.secrets. */}}
{{- define "everhook.secretNames" -}}
databaseUrl: DATABASE_URL
databasePassword: DATABASE_PASSWORD
encryptionKeys: EVERHOOK_ENCRYPTION_KEYS
operatorKey: EVERHOOK_OPERATOR_KEY
jwtSecret: EVERHOOK_JWT_SECRET
oidcIssuers: EVERHOOK_OIDC_ISSUERS
temporalApiKey: TEMPORAL_API_KEY
proxyUrl: EVERHOOK_PROXY_URL
otlpHeaders: OTEL_EXPORTER_OTLP_HEADERS
{{- end -}}

{{/* Whether a component reads a variable: it gets no secret that it does not need. Takes {component, name}; empty is no. */}}
{{- define "everhook.reads" -}}
{{- $apiOnly := "^(PORT|EVERHOOK_(API_METRICS_PORT|OPERATOR_KEY|JWT_\\w+|OIDC_\\w+|SESSION_\\w+|TRUSTED_\\w+|RATE_LIMIT|SHUTDOWN_DELAY|PUBLIC_URL|TEMPORAL_UI_URL|GRAPHIQL))$" -}}
{{- if eq .component "api" -}}
{{- not (hasPrefix "EVERHOOK_WORKER_" .name) | ternary "yes" "" -}}
{{- else if eq .component "worker" -}}
{{- not (regexMatch $apiOnly .name) | ternary "yes" "" -}}
{{- else if eq .component "migrate" -}}
{{- hasPrefix "DATABASE_" .name | ternary "yes" "" -}}
{{- else -}}
{{- hasPrefix "TEMPORAL_" .name | ternary "yes" "" -}}
{{- end -}}
{{- end -}}

{{/* Helm reads numbers as floating point: a million would be written 1e+06. */}}
{{- define "everhook.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ toString . }}{{- end -}}
{{- end -}}

{{/* Where a secret is, as {name, key}; empty if it is unset. Takes {root, secret, own}, where own names the chart's Secret. */}}
{{- define "everhook.secretRef" -}}
{{- $names := include "everhook.secretNames" .root | fromYaml -}}
{{- $secret := index .root.Values.secrets .secret -}}
{{- if $secret.existingSecret -}}
{{- dict "name" $secret.existingSecret "key" $secret.key | toJson -}}
{{- else if $secret.value -}}
{{- dict "name" .own "key" (index $names .secret) | toJson -}}
{{- end -}}
{{- end -}}

{{/* Variables of a component's container, as a list. Takes {root, component, own}. */}}
{{- define "everhook.env" -}}
{{- $root := .root -}}
{{- $component := .component -}}
{{- $own := .own -}}
{{- $values := $root.Values -}}
{{- $env := dict "HOST" $values.bindAddress "PORT" "4000" -}}
{{- $_ := set $env "EVERHOOK_API_METRICS_PORT" (include "everhook.text" $values.metricsPort) -}}
{{- $_ := set $env "EVERHOOK_WORKER_METRICS_PORT" (include "everhook.text" $values.metricsPort) -}}
{{- $_ := set $env "EVERHOOK_SHUTDOWN_DELAY" (include "everhook.text" $values.api.shutdownDelaySeconds) -}}
{{- $_ := set $env "TEMPORAL_ADDRESS" $values.temporal.address -}}
{{- $_ := set $env "TEMPORAL_NAMESPACE" $values.temporal.namespace -}}
{{- with toString $values.temporal.tls -}}
{{- $_ := set $env "TEMPORAL_TLS" . -}}
{{- end -}}
{{- with $values.temporal.tlsSecret -}}
{{- if .name -}}
{{- range $name, $key := dict "SERVER_CA_CERT" .ca "CLIENT_CERT" .certificate "CLIENT_KEY" .key -}}
{{- with $key -}}
{{- $_ := set $env (printf "TEMPORAL_TLS_%s_PATH" $name) (printf "/run/secrets/temporal/%s" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $values.database -}}
{{- if .host -}}
{{- $_ := set $env "DATABASE_HOST" .host -}}
{{- $_ := set $env "DATABASE_PORT" (include "everhook.text" .port) -}}
{{- $_ := set $env "DATABASE_USER" .user -}}
{{- $_ := set $env "DATABASE_NAME" .name -}}
{{- with .parameters -}}
{{- $_ := set $env "DATABASE_PARAMETERS" . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $values.httpRoute -}}
{{- range reverse .hostnames -}}
{{- if and $values.httpRoute.enabled (not (contains "*" .)) -}}
{{- $_ := set $env "EVERHOOK_PUBLIC_URL" (printf "https://%s%s" . (trimSuffix "/" $values.httpRoute.path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $values.ingress -}}
{{- if and .enabled .host (not (contains "*" .host)) -}}
{{- $_ := set $env "EVERHOOK_PUBLIC_URL" (printf "%s://%s%s" (ternary "https" "http" .tls.enabled) .host (trimSuffix "/" .path)) -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $values.settings -}}
{{- $_ := set $env $name (include "everhook.text" $value) -}}
{{- end -}}
{{- $secrets := dict -}}
{{- range $secret, $name := include "everhook.secretNames" $root | fromYaml -}}
{{- with include "everhook.secretRef" (dict "root" $root "secret" $secret "own" $own) -}}
{{- $_ := set $secrets $name (fromJson .) -}}
{{- end -}}
{{- end -}}
{{- $list := list -}}
{{- range $name, $value := $env -}}
{{- if include "everhook.reads" (dict "component" $component "name" $name) -}}
{{- $list = append $list (dict "name" $name "value" $value) -}}
{{- end -}}
{{- end -}}
{{- range $name, $ref := $secrets -}}
{{- if include "everhook.reads" (dict "component" $component "name" $name) -}}
{{- $list = append $list (dict "name" $name "valueFrom" (dict "secretKeyRef" $ref)) -}}
{{- end -}}
{{- end -}}
{{- range $values.extraEnv -}}
{{- if or (not (regexMatch "^(EVERHOOK|DATABASE|TEMPORAL|OTEL)_" .name)) (include "everhook.reads" (dict "component" $component "name" .name)) -}}
{{- $list = append $list . -}}
{{- end -}}
{{- end -}}
{{- $list = concat $list ((index $values $component).extraEnv | default list) -}}
{{- toYaml $list -}}
{{- end -}}
