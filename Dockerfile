# The product's own image: api, worker, clerk and every other `wangge` command.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/wangge
WORKDIR /src
COPY requirements-run.lock ./
# First what seldom changes, each file held to its hash; the build's own tools are among them.
RUN /opt/wangge/bin/pip install --require-hashes --requirement requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY grid grid
COPY ingest ingest
COPY geo_data geo_data
COPY streams streams
COPY api api
COPY wangge wangge
RUN /opt/wangge/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
# pg_dump, pg_restore and psql for `wangge backup` and `wangge restore`
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/wangge wangge
COPY --from=build /opt/wangge /opt/wangge
ENV PATH=/opt/wangge/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    WANGGE_HOME=/var/lib/wangge
USER 10001
WORKDIR /var/lib/wangge
VOLUME /var/lib/wangge
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["wangge"]
CMD ["--help"]
