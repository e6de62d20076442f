"""WB-014, 018, 019, UP-017 at the served product: headers over TLS, hosts, what is not there, huge bodies."""

from __future__ import annotations

import http.client
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse

from tests import builders
from tests.operations.places import cache_table
from tests.permissions.table import lines
from tests.reliability.live import Live, collect_static, served

pytestmark = pytest.mark.django_db(transaction=True)
TLS = {"X-Forwarded-Proto": "https", "Host": "kupasi.example"}
HIDDEN = [
    "/static/../kupasi/settings.py", "/static/%2e%2e/kupasi/settings.py", "/static/..%2fkeys.json", "/static/",
    "/.git/HEAD", "/.env", "/media/", "/private/", "/__debug__/", "/api/schema/", "/admin/doc/", "/metrics", "/flower",
    "/var/keys.json", "/kupasi.sqlite3", "/server-status", "/actuator/env",
]  # fmt: skip


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Live]:
    """The product behind a proxy that ends TLS, as in production."""
    builders.load_notice()
    cache_table()
    static = collect_static(tmp_path)
    place = {"HTTPS": "1", "SSL_REDIRECT": "1", "TRUSTED_PROXIES": "1", "WEB_WORKERS": "1"}
    with served(tmp_path, STATIC_ROOT=static, ALLOWED_HOSTS="kupasi.example,127.0.0.1", **place) as live:
        yield live


def ask(web: Live, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.body = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
    connection.close()
    return answer


def public_pages() -> list[str]:
    found = {reverse(one.url) for one in lines() if (one.who, one.method, one.args) == ("public", "GET", "")}
    return sorted(path for path in found if path not in ("/healthz", "/readyz"))


def faults_of(answer: http.client.HTTPResponse) -> list[str]:
    """What a public page over TLS lacks."""
    policy = answer.headers.get("Content-Security-Policy", "")
    age = re.search(r"max-age=(\d+)", answer.headers.get("Strict-Transport-Security", "max-age=0"))
    cookies = answer.headers.get_all("Set-Cookie") or []
    good = {
        "hsts": age is not None and int(age[1]) >= 31_536_000,
        "csp": all(word in policy for word in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")),
        "inline": "unsafe-inline" not in policy and "unsafe-eval" not in policy,
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": answer.headers.get("Referrer-Policy") == "same-origin",
        "cookies": all({"Secure", "HttpOnly", "SameSite=Lax"} <= set(one.split("; ")) for one in cookies),
    }
    return [name for name, is_good in good.items() if not is_good]


def test_the_product_behind_tls_keeps_its_doors(web: Live) -> None:
    """One server for all of it: starting one takes seconds."""
    seen_cookie = False
    for path in public_pages():
        answer = ask(web, path, **TLS)
        seen_cookie |= "csrftoken" in (answer.headers.get("Set-Cookie") or "")
        assert (path, answer.status < 500, faults_of(answer)) == (path, True, [])
    assert seen_cookie
    plain = ask(web, "/", Host="kupasi.example")
    assert (plain.status, plain.headers["Location"]) == (301, "https://kupasi.example/")
    for host in ("evil.example", "kupasi.example:80@evil.example", "kupasi.example.evil.example", ""):
        assert ask(web, "/", **{**TLS, "Host": host}).status == 400, host
    assert ask(web, "/", **TLS, X_Forwarded_Host="evil.example").status == 200
    for path in HIDDEN:
        answer = ask(web, path, **TLS)
        assert (path, answer.status) in ((path, 403), (path, 404)), (path, answer.status)
        assert "Traceback" not in answer.body  # type: ignore[attr-defined]
        assert "Index of" not in answer.body  # type: ignore[attr-defined]
    huge_bodies(web)


def memory(web: Live) -> int:
    """The largest resident size of any process of the server so far, in megabytes."""
    texts = (Path(f"/proc/{pid}/status").read_text() for pid in web.pids())
    return max(int(found[1]) // 1024 for text in texts if (found := re.search(r"VmHWM:\s+(\d+) kB", text)))


def huge_bodies(web: Live) -> None:
    """UP-017: 100 MB of white space in base64 are refused before they are read, by page and by API alike."""
    boundary = "x"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    size = 100 * 1024 * 1024
    for path in ("/accounts/login/", "/api/v1/token/"):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", web.port), timeout=30) as wire:
            wire.sendall(
                f"POST {path} HTTP/1.1\r\nHost: kupasi.example\r\nX-Forwarded-Proto: https\r\n"
                f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {size}\r\n\r\n".encode()
            )
            wire.sendall(head + b" " * 65_536)
            status = wire.recv(64).split()[1]
        assert (path, status) == (path, b"413")
        assert time.monotonic() - began < 25
    assert memory(web) <= 300
