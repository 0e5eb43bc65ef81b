{{/* Ends with all that is missing or does not fit together, and what to write. */}}
{{- define "everhook.check" -}}
{{- $values := .Values -}}
{{- $problems := list -}}
{{- range $name, $secret := $values.secrets -}}
{{- if and $secret.value $secret.existingSecret -}}
{{- $problems = append $problems (printf "secrets.%s: value and existingSecret are both set. Choose one." $name) -}}
{{- end -}}
{{- end -}}
{{- $url := or $values.secrets.databaseUrl.value $values.secrets.databaseUrl.existingSecret -}}
{{- $password := or $values.secrets.databasePassword.value $values.secrets.databasePassword.existingSecret -}}
{{- if and $url (or $values.database.host $password) -}}
{{- $problems = append $problems "secrets.databaseUrl: must not be set together with database.host or secrets.databasePassword. Choose one way." -}}
{{- else if and $password (not $values.database.host) -}}
{{- $problems = append $problems "database.host: is missing. secrets.databasePassword needs it." -}}
{{- else if not (or $url $values.database.host) -}}
{{- $problems = append $problems "secrets.databaseUrl: is missing. Put the URL of a PostgreSQL 15 or newer into a Secret, `kubectl create secret generic everhook-database --from-literal=DATABASE_URL='postgresql://user:password@host:5432/everhook'`, and set secrets.databaseUrl.existingSecret=everhook-database. Or set database.host and secrets.databasePassword." -}}
{{- end -}}
{{- if not (or $values.secrets.encryptionKeys.value $values.secrets.encryptionKeys.existingSecret) -}}
{{- $problems = append $problems "secrets.encryptionKeys: is missing. Make a key once, `kubectl create secret generic everhook-keys --from-literal=EVERHOOK_ENCRYPTION_KEYS=\"k1:$(openssl rand -base64 32)\"`, keep a copy of it elsewhere, and set secrets.encryptionKeys.existingSecret=everhook-keys. Without its key, nothing that it encrypted can be read." -}}
{{- end -}}
{{- if not $values.temporal.address -}}
{{- $problems = append $problems "temporal.address: is missing. Set it to the host:port of your Temporal's gRPC frontend, such as temporal-frontend.temporal:7233." -}}
{{- end -}}
{{- if and $values.ingress.enabled (not $values.ingress.host) -}}
{{- $problems = append $problems "ingress.host: is missing. Set it to the name at which others reach this installation, such as hooks.example.com." -}}
{{- end -}}
{{- if not $values.settings.EVERHOOK_PUBLIC_URL -}}
{{- if and $values.ingress.enabled (contains "*" $values.ingress.host) -}}
{{- $problems = append $problems "ingress.host: has a *, so nobody could open links to it. Set settings.EVERHOOK_PUBLIC_URL to the address of this installation, such as https://hooks.example.com." -}}
{{- end -}}
{{- if and $values.httpRoute.enabled $values.httpRoute.hostnames (not (regexMatch "(^|,)[^*,]+(,|$)" (join "," $values.httpRoute.hostnames))) -}}
{{- $problems = append $problems "httpRoute.hostnames: each has a *, so nobody could open links to it. Add the name of this installation, such as hooks.example.com, or set settings.EVERHOOK_PUBLIC_URL." -}}
{{- end -}}
{{- end -}}
{{- if and $values.httpRoute.enabled (not $values.httpRoute.parentRefs) -}}
{{- $problems = append $problems "httpRoute.parentRefs: is missing. Name the Gateway that takes the traffic, such as [{name: public, namespace: gateways}]." -}}
{{- end -}}
{{- with $values.settings.EVERHOOK_PUBLIC_URL -}}
{{- $base := trimSuffix "/" (get (urlParse .) "path") -}}
{{- range $name := list "ingress" "httpRoute" -}}
{{- with index $values $name -}}
{{- if and .enabled (ne (trimSuffix "/" .path) $base) -}}
{{- $problems = append $problems (printf "settings.EVERHOOK_PUBLIC_URL: its path is %q, and that of %s is %q. They must be the same: the API takes its path from this URL." $base $name .path) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $values.ingress.enabled $values.httpRoute.enabled (ne (trimSuffix "/" $values.ingress.path) (trimSuffix "/" $values.httpRoute.path)) -}}
{{- $problems = append $problems "httpRoute.path: must be the same as ingress.path. The API has one path." -}}
{{- end -}}
{{- range $name := list "api" "worker" -}}
{{- with index $values $name -}}
{{- if and .autoscaling.enabled (gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- $problems = append $problems (printf "%s.autoscaling.minReplicas: must not be more than maxReplicas." $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n  %s" (join "\n  " $problems)) -}}
{{- end -}}
{{- end -}}
