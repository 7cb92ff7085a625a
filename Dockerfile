# syntax=docker/dockerfile:1
FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_PYTHON=/opt/twin/bin/python
WORKDIR /src
RUN python -m venv --without-pip /opt/twin
COPY requirements-full.lock ./
RUN pip install --require-hashes -r requirements-full.lock
COPY pyproject.toml README.md ./
COPY api ./api
COPY domain ./domain
COPY adapters ./adapters
COPY data_generator ./data_generator
COPY sql ./sql
COPY deploy ./deploy
# What only building, testing or compiling against a package needs stays behind; of Arrow also its
# network protocol and its way to S3.
RUN pip install --no-deps --no-build-isolation . \
    && pip uninstall --yes editables hatchling \
    && find /opt/twin \( -path '*/numpy/tests' -o -path '*/numpy/*/tests' -o -path '*/pyarrow/tests' \
        -o -path '*/pyarrow/include' -o -path '*/pyarrow/src' -o -path '*/pyarrow/*flight*' \
        -o -path '*/pyarrow/*s3*' -o -path '*/pyarrow/libarrow_python*.so' \
        -o -path '*/pyarrow/libarrow_python*.so.*.*.*' -o -name '*.pyx' -o -name '*.pxd' \) \
        -prune -exec rm -rf {} +

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
