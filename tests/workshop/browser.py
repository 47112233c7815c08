"""A browser for the tests of the what-if page, and what they look for in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = next(
    (p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), None
)
SIZES = {"projector": (1280, 720), "old projector": (1024, 768), "large": (1920, 1080), "phone": (390, 844)}
LANGUAGES = ("en", "fr", "es")
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.violations.push(e.violatedDirective + " " + e.blockedURI));
"""
CLIPPED = """() => {
  const found = [], shown = (e) => e.checkVisibility({visibilityProperty: true}) && !e.closest(".hidden, [hidden]");
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}.${e.getAttribute("class") ?? ""}: ${(e.textContent || "").trim().slice(0, 40)}`;
  const root = document.documentElement, wide = innerWidth >= 1000 && innerHeight >= 600;
  if (root.scrollWidth > innerWidth) found.push(`page wider than the window: ${root.scrollWidth}`);
  if (wide && root.scrollHeight > innerHeight) found.push(`page taller than the window: ${root.scrollHeight}`);
  for (const e of document.querySelectorAll("#levers, #reasons")) if (wide && shown(e) && e.scrollHeight > e.clientHeight + 1) found.push(`scrolls: ${name(e)} ${e.scrollHeight} > ${e.clientHeight}`);
  for (const e of document.querySelectorAll("button, label, p, h1, h2, h3, output, th, td, span, #status, #small-charts button")) {
    if (!shown(e) || e.closest("#table")) continue;
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") found.push(`clipped: ${name(e)} ${e.scrollWidth} > ${e.clientWidth}`);
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) found.push(`outside: ${name(e)}`);
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const e of document.querySelectorAll("select")) {
    if (!shown(e) || !e.selectedOptions[0]) continue;
    const style = getComputedStyle(e);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    if (pen.measureText(e.selectedOptions[0].textContent).width > e.clientWidth - parseFloat(style.paddingLeft) - 18) found.push(`clipped choice: ${e.selectedOptions[0].textContent}`);
  }
  for (const svg of document.querySelectorAll("main svg[viewBox]")) {
    if (!shown(svg) || svg.closest("button.icon")) continue;
    const around = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map((e) => [e, e.getBoundingClientRect()]);
    for (const [e, b] of texts) if (b.left < around.left - 1 || b.right > around.right + 1 || b.top < around.top - 3 || b.bottom > around.bottom + 3) found.push(`chart text outside: ${e.textContent}`);
    texts.forEach(([e, a], i) => texts.slice(i + 1).forEach(([f, b]) => {
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5) found.push(`chart texts overlap: ${e.textContent} | ${f.textContent}`);
    }));
  }
  for (const e of document.querySelectorAll("main *, header *, footer *")) if (shown(e) && e.children.length === 0 && e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 16) found.push(`small text: ${name(e)}`);
  return [...new Set(found)];
}"""


class Tab:
    """A page in a context of its own, and what went wrong in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2].split(":")[0]))
        self.page.on("websocket", lambda socket: self.hosts.add(socket.url.split("/")[2].split(":")[0]))

    def open(self, address: str) -> "Tab":
        self.page.goto(address)
        self.page.wait_for_selector("body:not(.loading)")
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until the last of the runs is drawn."""
        self.page.wait_for_selector('#headline[aria-busy="false"]', state="attached")
        self.page.wait_for_function("() => !document.querySelector('#reasons').classList.contains('stale')")
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def slider(self, key: str) -> Any:
        return self.page.locator(f'#levers .lever[data-key="{key}"] :is(input, select)')

    def press(self, key: str, name: str = "ArrowRight", times: int = 1) -> None:
        self.slider(key).focus()
        for _ in range(times):
            self.page.keyboard.press(name)
        self.page.wait_for_timeout(60)
        self.settle()

    def view(self, name: str) -> None:
        self.page.check(f'input[name="view"][value="{name}"]', force=True)
        self.page.wait_for_timeout(60)

    @property
    def headline(self) -> str:
        return self.page.locator("#headline p").first.inner_text().replace("\u00a0", " ")

    @property
    def values(self) -> list[str]:
        return list(
            self.page.locator("#levers output, #levers select").evaluate_all(
                "(all) => all.map((e) => e.value || e.textContent)"
            )
        )

    def table(self) -> list[list[str]]:
        """Cells of the table of the outcome on show."""
        self.view("table")
        rows = self.page.locator("#table tbody tr").evaluate_all(
            "(rows) => rows.map((r) => [...r.children].map((c) => c.textContent.replace(/\\u00a0/g, ' ')))"
        )
        return [list(row) for row in rows]


def find_serious(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical."""
    import axe_playwright_python

    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {[n['html'][:120] for n in v['nodes'][:3]]}"
        for v in result["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--js-flags=--expose-gc"])
        yield browser
        browser.close()


def new_tab(
    browser: Browser,
    size: tuple[int, int] = (1280, 720),
    language: str = "en",
    patience: float = 10.0,
    sharpness: float = 1.0,
) -> Tab:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        accept_downloads=True,
        device_scale_factor=sharpness,
    )
    context.add_init_script(WATCH)
    context.set_default_timeout(1000 * patience)
    return Tab(context)
