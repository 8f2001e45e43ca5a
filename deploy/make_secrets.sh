#!/bin/sh
# writes random secrets for compose.yaml into a folder, by default deploy/secrets; existing files are kept
# sh deploy/make_secrets.sh [FOLDER]
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder" # the files are readable for the users of the containers, so the folder protects them
cd "$folder"

write() { # write NAME CONTENT, without a line break at the end, which Airflow would take for a part of the secret
    [ -e "$1" ] || { printf '%s' "$2" >"$1.new" && chmod 644 "$1.new" && mv "$1.new" "$1"; }
}
random() { openssl rand -hex 24; } # letters and digits, which a URL can carry

write admin_keys "$(random)"
write postgres_password "$(random)"
for name in emoji mlflow airflow; do
    write "${name}_database_url" "postgresql+psycopg://$name:$(random)@database/$name"
done
write airflow_fernet_key "$(openssl rand -base64 32 | tr '+/' '-_')"
write airflow_secret_key "$(random)"
write airflow_jwt_secret "$(random)$(random)"
write airflow_users.json "{\"admin\": \"$(random)\"}"
write airflow_connections.json "{
  \"emoji_api\": {\"conn_type\": \"http\", \"host\": \"trainer\", \"port\": 5000, \"password\": \"$(cut -d, -f1 admin_keys)\"},
  \"smtp_default\": {\"conn_type\": \"smtp\", \"host\": \"smtp.example.org\", \"port\": 587, \"login\": \"me\", \"password\": \"word\",
    \"extra\": {\"from_email\": \"airflow@example.org\"}}
}"
