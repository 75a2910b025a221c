"""Uses the dashboard in a real browser, as a person would.

dashboard.py URL SCENARIO [FOLDER]    exit code 0 when all is as it should be; FOLDER takes screenshots
"""

import json
import re
import shutil
import sys
import urllib.error
import urllib.request
from playwright.sync_api import expect, sync_playwright

base, scenario = sys.argv[1], sys.argv[2]
folder = sys.argv[3] if len(sys.argv) > 3 else None
PAGES = ["/", "/incidents", "/rules", "/settings"]
EVENTS = "/api/autoheal/events"
# On a machine that builds and tests something else at the same time, a page may take its time.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)


def has_events():
    try:
        with urllib.request.urlopen(base + EVENTS, timeout=60) as answer:
            return answer.headers.get_content_type() == "text/event-stream"
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise


class Browser:
    """A browser that complains of everything that a console would show."""

    def __init__(self, playwright):
        self.browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            timeout=2 * PATIENCE,
        )
        self.complaints = []
        self.streams = has_events()

    def page(self, width=1280, height=900, **options):
        context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda line: self.complain(line) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", lambda request: self.check_host(request.url))
        if not self.streams:
            # A server without the stream: an event a moment after each connection.
            body = "retry: 300\nevent: decision\ndata: {}\n\n"
            context.route("**" + EVENTS, lambda route: route.fulfill(content_type="text/event-stream", body=body))
        return page

    def complain(self, line):
        self.complaints.append(f"{line.type}: {line.text} ({line.location})")

    def check_host(self, url):
        if not url.startswith(base + "/"):
            self.complaints.append(f"asked of another host: {url}")


def shot(page, name):
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def check_layout(page, name):
    """Nothing is wider than the window, controls are large enough, everything has a name, ids are unique."""
    problems = page.evaluate(
        """() => {
          const problems = [];
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth > width) problems.push(`wider than the window: ${document.documentElement.scrollWidth}`);
          const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
          for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push(`twice: ${id}`);
          for (const element of document.querySelectorAll('.button, .live, .top nav a, input:not([type=hidden]), select')) {
            const box = element.getBoundingClientRect();
            if (box.width && (box.height < 24 || box.width < 24)) problems.push(`too small: ${element.textContent}`);
          }
          for (const element of document.querySelectorAll('a[href]:not([tabindex="-1"]), button, input:not([type=hidden]), select')) {
            const name = element.textContent.trim() || element.getAttribute('aria-label') || (element.labels && element.labels.length);
            if (!name) problems.push(`without a name: ${element.outerHTML}`);
          }
          const levels = [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]));
          if (levels[0] !== 1) problems.push('the first heading is not the page\\'s');
          levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) problems.push(`a heading of level ${level} after ${levels[at - 1]}`); });
          return problems;
        }"""
    )
    assert not problems, f"{name}: {problems}"


def incident_path():
    with urllib.request.urlopen(base + "/api/autoheal/incidents?limit=1", timeout=60) as answer:
        incidents = json.load(answer)["incidents"]
    return f"/incidents/{incidents[0]['id']}" if incidents else None


def looks(browser):
    """Every page in light, dark and on a phone."""
    more = [incident_path(), "/actions/silence?subject=deployment/boiler", "/rules/none"]
    for path in PAGES + [path for path in more if path]:
        name = re.sub(r"[^a-z]+", "-", path.split("?")[0]).strip("-") or "overview"
        for look, width, height, scheme in [
            ("light", 1280, 900, "light"), ("dark", 1280, 900, "dark"), ("narrow", 390, 844, "light"), ("narrow-dark", 390, 844, "dark"),
            ("middle", 900, 800, "light"),
        ]:
            page = browser.page(width, height, color_scheme=scheme)
            answer = page.goto(base + path)
            if answer.status == 404:
                browser.complaints = [line for line in browser.complaints if "404" not in line]
            check_layout(page, f"{path} {look}")
            grounds = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (grounds == "rgb(14, 18, 23)") == (scheme == "dark"), grounds
            shot(page, f"{name}-{look}")
            page.context.close()


def live(browser):
    """A page follows without a reload, keeps focus and what is unfolded, and can be held. The test heats a furnace when told to."""
    page = browser.page()
    page.goto(base + "/")
    headline = page.locator("#healthy .word")
    expect(headline).to_have_text("Healthy")
    page.evaluate("window.stays = document.querySelector('#healthy .word')")
    page.locator("#live").focus()
    print("heat", flush=True)
    row = page.locator("#open .incident")
    expect(row).to_have_count(1)
    expect(headline).to_have_text("Unhealthy")
    assert page.title().startswith("Unhealthy"), page.title()
    assert page.evaluate("window.stays.isConnected && document.activeElement.id === 'live'"), "the page was replaced, not brought up to date"
    # The countdown runs by itself.
    countdown = row.locator(".countdown")
    first = countdown.inner_text()
    page.wait_for_function("(text) => document.querySelector('#open .countdown').textContent !== text", arg=first)
    # Focus on a row survives what comes.
    page.locator("#open .incident a.button").focus()
    before = page.locator("main").get_attribute("data-now")
    page.wait_for_function("(now) => document.querySelector('main').dataset.now !== now", arg=before)
    assert page.evaluate("document.activeElement.textContent").startswith("Silence"), "the focus was lost"
    page.locator("#live").click()
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(1300)
    held = page.locator("main").get_attribute("data-now")
    page.wait_for_timeout(2500)
    assert page.locator("main").get_attribute("data-now") == held, "a held page changed"
    page.locator("#live").click()
    page.wait_for_function("(now) => document.querySelector('main').dataset.now !== now", arg=held)


def flows(browser):
    """By keyboard: skip link, a silence from the overview to the message and back."""
    page = browser.page()
    page.goto(base + "/")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.className === 'skip'")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    outline = page.evaluate("() => { const a = document.querySelector('.brand'); a.focus({ focusVisible: true }); return getComputedStyle(a).outlineStyle; }")
    assert outline == "solid", "no ring shows the focus"
    page.locator("#open .incident a.button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Silence")
    check_layout(page, "silence")
    # The field to fill in has the focus.
    page.wait_for_function("document.activeElement.id === 'by'")
    page.keyboard.type("anna")
    page.locator("#for").select_option("15m")
    page.locator("#why").fill("<b>we deploy</b>")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Silenced.")
    expect(page.locator("#withheld")).to_contain_text("silenced by anna until")
    page.wait_for_function("!location.search.includes('done')")
    page.locator("#withheld a", has_text="Lift").first.click()
    expect(page.locator(".says")).to_contain_text("<b>we deploy</b>")
    page.locator("#by").fill("anna")
    page.locator("button.primary").click()
    expect(page.locator("#told")).to_contain_text("Lifted.")
    expect(page.locator("#suspensions")).to_contain_text("Nobody asked for quiet.")
    page.locator(".top nav a", has_text="Rules").click()
    page.locator(".rule a.button", has_text="Pause").first.click()
    page.locator("#by").fill("anna")
    page.locator("#for").select_option("")
    page.locator("button.primary").click()
    expect(page.locator("#told")).to_contain_text("Paused.")
    page.goto(base + "/rules")
    expect(page.locator(".rule .badge").first).to_have_text("Paused")


def plain(browser):
    """Without scripts: the same pages, forms and messages; a reload by itself."""
    page = browser.page(java_script_enabled=False)
    for path in PAGES:
        page.goto(base + path)
        assert page.locator("main h1").count() == 1
        assert page.locator("noscript meta[http-equiv=refresh]").count() == 1 or "http-equiv=\"refresh\"" in page.content()
        assert page.locator("#live:visible").count() == 0, "a button that does nothing"
    page.goto(base + "/")
    page.locator(".tools a", has_text="Pause").click()
    page.locator("#by").fill("anna")
    page.locator("button.primary").click()
    assert "Paused." in page.locator("#told").inner_text()


def approves(browser):
    """A plan is shown field by field, approved, and carried out."""
    page = browser.page()
    page.goto(base + "/")
    expect(page.locator("#healthy .word")).to_have_text("Waits for you")
    page.locator("#open a.primary").click()
    expect(page.locator(".changes .before")).to_have_text("90")
    expect(page.locator(".changes .after")).to_contain_text("20")
    check_layout(page, "approve")
    shot(page, "approve-light")
    page.locator("#by").fill("anna")
    page.locator("button.primary").click()
    expect(page.locator("#told")).to_contain_text("Approved.")
    expect(page.locator("#story")).to_contain_text("Verified")


def reverts(browser):
    """What was changed is taken back from the incident's page; the story says so without a reload."""
    page = browser.page()
    page.goto(base + incident_path())
    expect(page.locator("h1")).to_contain_text("boiler")
    page.locator("#story a.button", has_text="Take it back").click()
    expect(page.locator("h1")).to_contain_text("Take back cool on")
    expect(page.locator(".changes .before")).to_have_text("20")
    expect(page.locator(".changes .after")).to_contain_text("90")
    expect(page.locator(".says")).to_contain_text("what somebody changed since stays")
    check_layout(page, "revert")
    shot(page, "revert-light")
    page.locator("#by").fill("anna")
    page.locator("button.primary").click()
    expect(page.locator("#told")).to_contain_text("It is being taken back.")
    expect(page.locator("#story")).to_contain_text("anna asks for it: replicas 20 → 90")
    expect(page.locator("#story a.button", has_text="Take it back")).to_have_count(0)
    shot(page, "reverted-light")


def signs_in(browser):
    """With a token: looking is open, changing leads to the sign-in page and back."""
    page = browser.page()
    page.goto(base + "/")
    page.locator(".tools a", has_text="Pause").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    check_layout(page, "sign-in")
    shot(page, "sign-in-light")
    page.locator("#token").fill("0123456789abcdef0123")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Pause everything?")
    page.locator("#by").fill("anna")
    page.locator("button.primary").click()
    expect(page.locator("#told")).to_contain_text("Paused.")
    assert page.evaluate("document.cookie") == "", "a script can read a cookie"
    page.locator("button", has_text="Sign out").click()
    page.locator(".tools a", has_text="Pause").click()
    expect(page.locator("h1")).to_have_text("Sign in")


with sync_playwright() as playwright:
    browser = Browser(playwright)
    {"looks": looks, "live": live, "flows": flows, "plain": plain, "approves": approves, "reverts": reverts, "signs-in": signs_in}[scenario](browser)
    browser.browser.close()
    assert not browser.complaints, "\n".join(browser.complaints)
