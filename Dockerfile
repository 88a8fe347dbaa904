# Two stages: the first has what builds, the second what runs. Everything is locked with hashes.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/clinicwatch \
    && sed '/^# development/,$d' requirements.lock > run.lock \
    && /opt/clinicwatch/bin/pip install --require-hashes --no-deps -r run.lock
COPY . .
RUN /opt/clinicwatch/bin/pip install --no-deps --no-build-isolation --no-index .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Clinicwatch" org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --no-create-home --home-dir /srv/clinicwatch --shell /usr/sbin/nologin clinicwatch
COPY --from=build /opt/clinicwatch /opt/clinicwatch
# The home: what people review and change. Compose mounts the checkout's own config/ and seeds/ over these.
COPY config /srv/clinicwatch/config
COPY migrations /srv/clinicwatch/migrations
COPY seeds /srv/clinicwatch/seeds
RUN install -d -o clinicwatch -g clinicwatch /srv/clinicwatch/var
ENV PATH=/opt/clinicwatch/bin:$PATH \
    CLINICWATCH_HOME=/srv/clinicwatch \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /srv/clinicwatch
VOLUME /srv/clinicwatch/var
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["clinicwatch", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["clinicwatch"]
CMD ["run"]
