# syntax=docker/dockerfile:1
FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/twin
COPY requirements.lock ./
RUN /opt/twin/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY api ./api
COPY domain ./domain
COPY adapters ./adapters
COPY data_generator ./data_generator
COPY sql ./sql
COPY deploy ./deploy
RUN /opt/twin/bin/pip install --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm

# The process owns nothing but /data: the root file system may be mounted read-only. deploy/service.yaml
# gives the volume there to the same numbers.
RUN groupadd --gid 10001 twin \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin twin \
    && install --directory --owner twin --group twin /data
COPY --from=build /opt/twin /opt/twin
ENV PATH=/opt/twin/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CDT_DATA_DIR=/data \
    CDT_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["twin"]
CMD ["serve", "--prepare"]
