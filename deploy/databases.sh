#!/bin/sh
# creates the role and the database of each URL in the secrets; PostgreSQL's image runs it when its volume is new
set -eu

for name in emoji mlflow airflow; do
    url=$(cat "${SECRETS:-/run/secrets}/${name}_database_url") # postgresql+psycopg://ROLE:PASSWORD@HOST/DATABASE
    login=${url#*://}
    login=${login%@*}
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
        --set role="${login%%:*}" --set password="${login#*:}" --set database="${url##*/}" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
SQL
done
