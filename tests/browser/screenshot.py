"""Write the screenshot of Swagger UI for the README: `python -m tests.browser.screenshot`."""

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import chromium, missing_programs, try_out
from tests.browser.dashboard_screenshot import save_picture
from tests.server import ROOT, serve

OPERATION = "operations-tweets-get_tweets"
TEXT = "finally home, best day ever!!"


def main(target: Path = ROOT / "screens" / "swagger_ui.png") -> None:
    """Serve the model of the settings, send a request from Swagger UI, and save a screenshot to `target`."""
    if reason := missing_programs():
        sys.exit(reason)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder, "log")) as server,
        chromium(Path(folder, "profile"), width=1000, height=1900) as browser,
    ):
        try_out(browser, server.url, OPERATION, TEXT)
        browser.execute_script("window.scrollTo(0, 0)")
        target.parent.mkdir(exist_ok=True)
        save_picture(browser, target)


if __name__ == "__main__":
    main()
