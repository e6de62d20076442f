"""How the product is served, embedded and behind the proxy alike: two processes, eight threads each."""

import os

from kupasi.people.logs import configuration

wsgi_app = "kupasi.wsgi:application"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 25  # below the 30 seconds that the supervisor and the container engine wait
keepalive = 5
backlog = 1024  # a rush waits in the queue instead of being refused
max_requests = 10_000  # a slow leak never lives long
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # heartbeats must not wait for a disk
control_socket_disable = True  # one door fewer
accesslog = None  # addresses of pages carry one-time tokens; the proxy writes its own log without them
_form = os.environ.get("LOG_FORMAT") or ("json" if os.environ.get("DATABASE_URL") else "line")
logconfig_dict = configuration(form=_form, level="WARNING")
logconfig_dict["loggers"]["gunicorn.error"] = {"level": "WARNING", "handlers": [], "propagate": True}
logconfig_dict["loggers"]["gunicorn.access"] = {"level": "CRITICAL", "handlers": [], "propagate": False}


def post_worker_init(worker):  # type: ignore[no-untyped-def]  # gunicorn's hook
    """A server that cannot read what is stored does not start: with other keys it would write beside it."""
    from kupasi.people.services.ring import expect_keys

    expect_keys()
