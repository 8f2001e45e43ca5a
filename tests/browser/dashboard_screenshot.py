"""Write screenshots of the dashboard: `python -m tests.browser.dashboard_screenshot`."""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome

from tests.browser.chromium import chromium, missing_programs
from tests.browser.pages import charts_drawn, show_as
from tests.browser.watched_service import watched_service
from tests.server import ROOT

SCREENS = ROOT / "screens"
PICTURES = {"dashboard": (1100, "light", 1860), "dashboard_phone": (390, "dark", 1250)}
"""Width, theme and height of each picture, in CSS pixels."""
COLOURS = 128


def main() -> None:
    """Serve the posts of the sample file, and save a picture of their dashboard for each of `PICTURES`."""
    if reason := missing_programs():
        sys.exit(reason)
    with (
        tempfile.TemporaryDirectory() as folder,
        watched_service(Path(folder)) as server,
        chromium(Path(folder, "profile")) as browser,
    ):
        for name, (width, theme, height) in PICTURES.items():
            show_as(browser, width, theme, height)
            browser.get(f"{server.url}/companies/Nimbus")
            charts_drawn(browser)
            save_picture(browser, SCREENS / f"{name}.png")


def save_picture(browser: Chrome, target: Path) -> None:
    """Save a picture of the window to `target`, with a palette to keep it small."""
    with Image.open(BytesIO(browser.get_screenshot_as_png())) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
