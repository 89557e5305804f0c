"""The cast at real browsers: each with a window, cookies and a session of their own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from bench.stack import Stack

DESK: ViewportSize = {"width": 1280, "height": 800}
WIDE: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 390, "height": 844}
Scheme = Literal["light", "dark"]
SPANISH = "es-US"  # what a browser asks for

CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
NO_CHROMIUM = (
    "No page was looked at, for there is no Chromium here: install Debian's chromium, or name one in CHROMIUM."
)

PATIENCE = 15_000  # ms; on a machine that is busy with other tests
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine; Playwright's own is a download that not every network lets through."""
    # Where root tests, in containers, Chromium's sandbox has no user to step down to, and /dev/shm is small.
    root = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield browser
        browser.close()


class People:
    """Whoever looks at one Rightcall. `faults` gathers what went wrong in any of their windows: errors of scripts,
    files that were not there, whatever the Content-Security-Policy refused."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.stack = stack
        self.faults: list[str] = []
        self._browser = browser
        self._sessions: dict[str, Any] = {}
        self.password = (stack.data_dir / "demo_password").read_text().strip()

    def window(
        self, who: str | None = None, *, at: ViewportSize = DESK, scheme: Scheme = "light", locale: str = "en-US"
    ) -> Page:
        """A window of a member of the cast, logged in; a stranger's when nobody is named. Nobody has chosen a language:
        pages speak that of the browser."""
        if who is not None and who not in self._sessions:
            page = self.window(at=at)
            page.goto("/accounts/log-in/")
            page.get_by_label("User name").fill(who)
            page.get_by_label("Password").fill(self.password)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("button", name="Log out").wait_for()
            self._sessions[who] = page.context.storage_state()
            page.context.close()
        context = self._browser.new_context(
            base_url=self.stack.origin,
            viewport=at,
            color_scheme=scheme,
            storage_state=self._sessions[who] if who else None,
            locale=locale,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        return page

    def leave(self) -> None:
        for context in self._browser.contexts:
            context.close()

    def forgive(self) -> None:
        """At the end of a test that cut something off: the windows are closed first, for what they say while they
        close is a fault of the cut as well."""
        self.leave()
        self.faults.clear()

    def _note(self, message: ConsoleMessage) -> None:
        # Chromium tells so of the page itself, too, when we answer a form or an address with a refusal.
        here = message.page and message.location["url"] == message.page.url
        told = any(f"status of {code}" in message.text for code in (409, 422, 423))
        refused = told or (here and "status of 4" in message.text)
        # htmx says so, too, of a question that a newer one has overtaken. What truly fails has a message of its own.
        overtaken = message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
        if message.type == "error" and not refused and not overtaken:
            self.faults.append(f"{message.location['url']}: {message.text}")
