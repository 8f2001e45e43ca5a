"""Draw `favicon.ico` from `icon.svg`: `python -m tests.browser.favicon`."""

import base64
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome

from tests.browser.chromium import chromium, missing_programs
from tests.server import ROOT

STATIC = ROOT / "emoji_api" / "pages" / "static"
SIZES = (16, 32, 48)
"""Width and height of the pictures in the file, in pixels."""


def draw(browser: Chrome, size: int) -> Image.Image:
    """Return the icon with a transparent background."""
    svg = base64.b64encode((STATIC / "icon.svg").read_bytes()).decode()
    image = f'<img src="data:image/svg+xml;base64,{svg}" width="{size}" height="{size}" style="display: block">'
    browser.get(f"data:text/html,<body style='margin: 0'>{image}")
    browser.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", {"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
    clip = {"x": 0, "y": 0, "width": size, "height": size, "scale": 1}
    screenshot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
    return Image.open(BytesIO(base64.b64decode(screenshot["data"])))


def main(target: Path = STATIC / "favicon.ico") -> None:
    """Draw the icon in each size, and write the file."""
    if reason := missing_programs():
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder, "profile")) as browser:
        *others, largest = [draw(browser, size) for size in SIZES]
    largest.save(target, sizes=[(size, size) for size in SIZES], append_images=others)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
