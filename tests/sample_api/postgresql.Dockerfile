# A PostgreSQL server whose clock shows 2001, so an API that returns this time must have it from this server.
FROM golang

RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql \
    && ln -s /usr/lib/postgresql/*/bin /opt/postgresql

USER postgres
ENV PATH=/opt/postgresql:$PATH
ENV PGDATA=/tmp/data

RUN echo secret > /tmp/password \
    && initdb --username=reader --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \
    && echo "host all all all scram-sha-256" >> $PGDATA/pg_hba.conf

# The search path puts the role's own now() before PostgreSQL's.
RUN pg_ctl start --wait \
    && psql --username=reader --dbname=postgres \
    --command="CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS \$\$ SELECT '2001-02-03T04:05:06Z'::timestamptz \$\$" \
    --command="ALTER ROLE reader SET search_path = public, pg_catalog" \
    && pg_ctl stop --wait

STOPSIGNAL SIGINT
CMD ["postgres", "-c", "listen_addresses=*"]
