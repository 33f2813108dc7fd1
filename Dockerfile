# The publisher as a container: for GitHub (docker action), Azure Pipelines, and any other host.
#
# No USER line: GitHub's runner starts container actions as they are and mounts the workspace with
# the runner's own owner, so an image with a fixed user could not write outputs there. The image
# needs no rights at all: it works under any uid, with a read-only root, without capabilities and
# without a home; see "Security" in README.md for the flags.
#
# A release pins the base by digest (FROM python:3.13-slim@sha256:...), as printed by
#   docker buildx imagetools inspect python:3.13-slim --format '{{.Manifest.Digest}}'
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY requirements.txt /src/requirements.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
      -r /src/requirements.txt \
 && /opt/venv/bin/pip uninstall --yes pip
COPY entrypoint.py /app/entrypoint.py
COPY ado_publisher /app/ado_publisher
COPY schemas /app/schemas
COPY examples/junit /app/examples/junit
COPY examples/sync /app/examples/sync
# Compiled here, since nothing can be written when it runs; readable for any uid, whatever the
# umask of the checkout was.
RUN /opt/venv/bin/python -m compileall -q /app && chmod -R a+rX /app /opt/venv

FROM ${BASE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="ado-publisher" \
      org.opencontainers.image.description="Publishes test reports to Azure DevOps Test Plans" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1
# The exec form: a shell in between would drop GitHub's variables with a hyphen in their name.
ENTRYPOINT ["python", "/app/entrypoint.py"]
