"""A person with a browser: walks through the product by what is written on it, and looks closely at every page."""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, BrowserContext, ConsoleMessage, Locator, Page, Request, Response

GRAVE = {"serious", "critical"}
INSIDE = ("data:", "blob:", "about:")
RULES = {"resultTypes": ["violations"], "preload": False}  # preloading would put styles into the page


STILL = """() => document.getAnimations().forEach((one) => {
  if (Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish();
})"""  # colours in the middle of a transition are nobody's
SKELETON = """
() => [...document.querySelectorAll("*")].map(one => one.tagName + one.className + "#" + one.id.replace(/[0-9]+/g, "")
    + one.getAttributeNames().filter(name => /^(aria|role|for|type|alt|title|lang|hidden|open|disabled)/.test(name)))
    .join(" ")
"""


class Walker:
    """One person in one browser. Every page is looked at: no grave accessibility finding, nothing loaded from outside,
    no fault in the console, no sideways scrolling.
    """

    looked_at: ClassVar[set[tuple[int, int]]] = set()

    def __init__(self, context: BrowserContext, *, origin: str) -> None:
        self.context, self.origin = context, origin
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))

    # --- walking ---------------------------------------------------------------------------------------------------
    def go(self, path: str) -> None:
        """Open an address and look at the page."""
        self.page.goto(self.origin + path)
        self.look()

    def press(self, name: str, *, within: Locator | None = None, nth: int = 0) -> None:
        """Press the button or follow the link of that name, and look at what comes."""
        place = within or self.page.locator("body")
        exact = re.compile(rf"^\s*{re.escape(name)}")
        found = place.get_by_role("button", name=exact).or_(place.get_by_role("link", name=exact))
        found.nth(nth).click()
        self.page.wait_for_load_state("load")
        self.look()

    def send(self) -> None:
        """Press the page's one primary button, and look at what comes."""
        self.page.locator("main form button.btn-primary[type=submit]").first.click()
        self.page.wait_for_load_state("load")
        self.look()

    def write(self, label: str, text: str) -> None:
        """Fill in the field of that label."""
        self._field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose from the list of that label."""
        self._field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        """Tick the box or the choice whose label begins with these words."""
        self._field(label).check()

    def attach(self, label: str, *, name: str, content: bytes, kind: str) -> None:
        """Put a file into the field of that label."""
        self._field(label).set_input_files({"name": name, "mimeType": kind, "buffer": content})

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first

    def download(self, path: str) -> APIResponse:
        """Fetch a file with this person's cookies."""
        answer = self.context.request.get(path if path.startswith("http") else self.origin + path)
        assert answer.ok, f"{path}: {answer.status}"
        return answer

    def address_of(self, name: str) -> str:
        """Where the link of that name leads."""
        found = self.page.get_by_role("link", name=re.compile(rf"^\s*{re.escape(name)}")).first
        return str(found.get_attribute("href"))

    def until(self, truth: str) -> None:
        """Wait for the page to find this true; its policy forbids the `eval` that Playwright's own waiting needs."""
        latest = time.monotonic() + 40
        while not self.page.evaluate(truth):
            assert time.monotonic() < latest, f"{self.page.url}: never {truth}"
            self.page.wait_for_timeout(50)

    # --- looking ---------------------------------------------------------------------------------------------------
    @property
    def words(self) -> str:
        """What can be read in the page's main part, without line breaks."""
        return " ".join(self.page.locator("main, #content").first.inner_text().split())

    def sees(self, *sentences: str) -> None:
        """Each of these can be read."""
        missing = [one for one in sentences if one not in self.words]
        assert not missing, f"{self.page.url} does not say {missing}: {self.words[:2000]}"

    def look(self) -> None:
        """Look closely at the page that is shown."""
        where = self.page.url.removeprefix(self.origin)
        assert not self.faults, f"{where}: {self.faults}"
        grave = self._findings()
        assert not grave, f"{where}: {[told(one) for one in grave]}"
        width, shown = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= shown, f"{where} is {width} wide on a screen of {shown}"

    def _findings(self) -> list[dict[str, Any]]:
        """Grave accessibility findings; a page built of the very same elements was looked at before and is passed."""
        self.page.evaluate(STILL)
        seen: tuple[int, int] = (self.page.evaluate("window.innerWidth"), hash(self.page.evaluate(SKELETON)))
        if seen in self.looked_at:
            return []
        found = Axe().run(self.page, options=RULES).response["violations"]
        grave = [one for one in found if one["impact"] in GRAVE]
        if not grave:
            self.looked_at.add(seen)
        return grave

    # --- listening -------------------------------------------------------------------------------------------------
    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, *INSIDE)):
            self.faults.append(f"request to the outside: {request.url}")

    def _on_response(self, response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.faults.append(f"{response.status} {response.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console {message.type}: {message.text}")


def told(violation: dict[str, Any]) -> str:
    """A finding in a line: which rule, and where."""
    nodes = "; ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:4])
    return f"{violation['id']} ({violation['impact']}): {nodes}"
