"""Steps of browser tests of the HTML pages: widths, themes, charts, problems."""

import importlib.util
from importlib.resources import files
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.chromium import WAIT_SECONDS

AXE_PACKAGE = "axe_playwright_python"
"""The package that axe-core's script comes with."""


def show_as(browser: Chrome, width: int, theme: str, height: int = 900) -> None:
    """Set the width of the page in CSS pixels, and the theme of the system, `light` or `dark`."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def charts_drawn(browser: Chrome) -> int:
    """Wait until all charts of the page are drawn, and return their number."""
    plots = browser.find_elements(By.CSS_SELECTOR, ".plot")
    drawn = ".plot[data-state='drawn'] svg"
    wait = WebDriverWait(browser, WAIT_SECONDS)
    wait.until(lambda browser: len(browser.find_elements(By.CSS_SELECTOR, drawn)) == len(plots))
    return len(plots)


def fills(browser: Chrome, plot: str) -> list[str]:
    """Return the fill colours of the bars of a chart."""
    script = "return [...document.querySelectorAll(arguments[0])].map((bar) => bar.getAttribute('fill'))"
    found: list[str] = browser.execute_script(script, f"{plot} .mark-rect path")
    return found


def overflow(browser: Chrome) -> int:
    """Return by how many pixels the page is wider than its window."""
    script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    width: int = browser.execute_script(script)
    return width


def console_messages(browser: Chrome) -> list[str]:
    """Return the errors and warnings since the last call; violations of the security policy are among them."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def axe_installed() -> bool:
    """Return whether axe-core is installed."""
    return importlib.util.find_spec(AXE_PACKAGE) is not None


def accessibility_violations(browser: Chrome) -> list[str]:
    """Return the violations that axe-core finds on the page, one line each."""
    browser.execute_script((files(AXE_PACKAGE) / "axe.min.js").read_text(encoding="utf-8"))
    result: dict[str, Any] = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    return [
        f"{violation['id']}: {node['html'][:200]}" for violation in result["violations"] for node in violation["nodes"]
    ]
