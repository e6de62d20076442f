# The product's image: web, worker and clock run from it with different commands (docker-compose.yml).
# No secret is in it and none is needed to build it.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /opt/kupasi && /opt/kupasi/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-hanazono \
        postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin kupasi \
    && install -d -o kupasi -g kupasi -m 700 /data \
    && install -d -o kupasi -g kupasi -m 755 /static
COPY --from=packages /opt/kupasi /opt/kupasi
COPY . /app
RUN python -m compileall -q /app
WORKDIR /app
ENV PATH=/opt/kupasi/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LC_ALL=C.UTF-8 \
    DATA_DIR=/data \
    STATIC_ROOT=/static \
    HOST=0.0.0.0 \
    PORT=8000
USER kupasi
EXPOSE 8000
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py"]
