"""Write the screenshot of the playground for the README: `python -m tests.browser.playground_screenshot`."""

import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from tests.browser.chromium import chromium, missing_programs
from tests.browser.dashboard_screenshot import SCREENS, save_picture
from tests.browser.pages import show_as
from tests.server import serve

QUESTION = {"text": "can't wait to finally see my sister tomorrow, I missed her so much", "explain": "true"}
WIDTH, HEIGHT = 1100, 900


def main() -> None:
    """Serve the model of the settings, and save a picture of its explained answers."""
    if reason := missing_programs():
        sys.exit(reason)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder, "log"), EMOJI_API_WORKERS="1", EMOJI_API_GRACEFUL_TIMEOUT="1") as server,
        chromium(Path(folder, "profile")) as browser,
    ):
        show_as(browser, WIDTH, "light", HEIGHT)
        browser.get(f"{server.url}/?{urlencode(QUESTION)}")
        save_picture(browser, SCREENS / "playground.png")


if __name__ == "__main__":
    main()
