# One image for every command; runs as a user of its own.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/newswire
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY pipeline pipeline
COPY agents agents
COPY seeds seeds
RUN /opt/newswire/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home newswire && mkdir /data && chown newswire /data
COPY --from=build /opt/newswire /opt/newswire
USER newswire
WORKDIR /data
VOLUME /data
ENV NEWSWIRE_DATA_DIR=/data PYTHONUNBUFFERED=1
ENTRYPOINT ["/opt/newswire/bin/newswire"]
CMD ["--help"]
