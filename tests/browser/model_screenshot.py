"""Write the screenshot of the model card: `python -m tests.browser.model_screenshot`."""

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import chromium, missing_programs
from tests.browser.dashboard_screenshot import SCREENS, save_picture
from tests.browser.pages import show_as
from tests.server import serve

WIDTH, HEIGHT = 1000, 1480


def main() -> None:
    """Serve the model of the settings, and save a picture of its figures."""
    if reason := missing_programs():
        sys.exit(reason)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder, "log"), EMOJI_API_DATABASE_URL=f"sqlite:///{folder}/emoji_api.db") as server,
        chromium(Path(folder, "profile")) as browser,
    ):
        show_as(browser, WIDTH, "light", HEIGHT)
        browser.get(f"{server.url}/model")
        browser.execute_script(
            "window.scrollTo(0, document.getElementById('quality').getBoundingClientRect().top - 24)"
        )
        save_picture(browser, SCREENS / "model.png")


if __name__ == "__main__":
    main()
