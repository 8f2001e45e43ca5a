"""Write the screenshot of the labelling page for the README: `python -m tests.browser.screenshot_labelling`.

With `--all FOLDER` the states of the page are written to a folder, in light and dark, wide and narrow.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome

from tests.browser.chromium import chromium, missing_programs
from tests.browser.labelling import LabellingPage
from tests.server import ROOT, serve

KEY = "the-key-of-the-screenshots"
COMPANY = "Nimbus"
SAMPLE = ROOT / "emoji_api" / "watch" / "sample.jsonl"
LABELS = "332313131233122131"
"""Keys of the labels of the first posts, chosen without the model's answers."""
WIDTHS = {"wide": (1200, 820), "phone": (360, 780)}


@contextmanager
def labelling_page(folder: Path, browser: Chrome) -> Iterator[LabellingPage]:
    """Serve the sample posts, collected and classified by the model that ships, and yield the page."""
    settings = {"EMOJI_API_DATABASE_URL": f"sqlite:///{folder}/file.db", "EMOJI_API_MODEL_STORE": str(folder)}
    add = f"add {COMPANY} --query nimbus --source file --option path={SAMPLE}".split()
    for arguments in (add, ["collect", COMPANY]):
        command = [sys.executable, "-m", "emoji_api", "watch", *arguments]
        environment = os.environ | settings | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    with serve(folder / "log", EMOJI_API_ADMIN_KEYS=KEY, EMOJI_API_WORKERS="1", **settings) as server:
        yield LabellingPage(browser, server.url, COMPANY)


def save(browser: Chrome, target: Path, width: int, height: int, theme: str) -> None:
    """Save a screenshot of the viewport in a size and a theme."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},  # no colour in between
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    target.parent.mkdir(exist_ok=True)
    with Image.open(BytesIO(browser.get_screenshot_as_png())) as picture:
        picture.convert("RGB").save(target, optimize=True)
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def save_all(page: LabellingPage, folder: Path) -> None:
    """Save the states of the page."""

    def save_state(name: str) -> None:
        for size, (width, height) in WIDTHS.items():
            for theme in ("light", "dark"):
                save(page.browser, folder / f"label_{name}_{size}_{theme}.png", width, height, theme)

    page.browser.execute_script("sessionStorage.clear()")
    page.open()
    save_state("key")
    page.open("a-wrong-key")
    save_state("wrong_key")
    page.open(KEY)
    save_state("sentiment")
    page.open(query="?task=emotion")
    save_state("emotion")
    while page.element("work").is_displayed():
        page.press("s")
    save_state("nothing")


def main() -> None:
    """Write `screens/labelling.png`, and the states of the page to the folder of `--all`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=Path)
    arguments = parser.parse_args()
    if reason := missing_programs():
        sys.exit(reason)
    with (
        tempfile.TemporaryDirectory() as name,
        chromium(Path(name, "profile"), width=1200, height=900) as browser,
        labelling_page(Path(name), browser) as page,
    ):
        page.open(KEY)
        page.press(LABELS)
        save(browser, ROOT / "screens" / "labelling.png", 800, 560, "light")
        if arguments.all:
            save_all(page, arguments.all)


if __name__ == "__main__":
    main()
