"""Result pages: no external resources, and valid links."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from emoji_api.training.data.checks.run import check_all
from emoji_api.training.data.sources import dataset_readers
from emoji_api.training.params import DataParams
from tests.tiny import write_emotion_data

LOADING = {
    "href": ("link",),
    "src": ("script", "img", "iframe", "source", "video", "audio", "embed"),
    "data": ("object",),
}


class Page(HTMLParser):
    """The resources that a page loads, its links and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.words = ""
        text = path.read_text(encoding="utf-8")
        self.feed(text)
        self.loads += re.findall(r"url\(([^)]*)\)|@import([^;]*)", text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.loads += [str(values[name]) for name, tags in LOADING.items() if tag in tags and values.get(name)]
        self.links += [str(values["href"])] if tag == "a" and values.get("href") else []

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def pages(tiny_data: Path, tmp_path_factory) -> dict[Path, Page]:
    """Every result page, of a data set with a fault and of data sets with a dot in their suite's name."""
    folder = tmp_path_factory.mktemp("checked")
    emotion = write_emotion_data(folder / "emotion", rows=60)
    lines = (emotion / "train.txt").read_text().splitlines()
    (emotion / "train.txt").write_text("\n".join([*lines, lines[0].replace(";sadness", ";joy")]))
    check_all(
        dataset_readers(DataParams(emotion=str(emotion), tweeteval=str(tiny_data / "tweeteval"))), {}, folder / "docs"
    )
    return {path: Page(path) for path in (folder / "docs").rglob("*.html")}


def test_pages_load_no_resources(pages: dict[Path, Page]) -> None:
    assert len(pages) == 1 + 2 * 5
    assert {str(path): page.loads for path, page in pages.items() if page.loads} == {}


def test_links_have_existing_targets(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        targets = [unquote(urldefrag(link).url) for link in page.links if not link.startswith("https://greatexpect")]
        assert [link for link in targets if link and not (path.parent / link).is_file()] == [], path


def test_index_links_to_all_other_pages(pages: dict[Path, Page]) -> None:
    index = next(path for path in pages if path.name == "index.html")
    reached = {(index.parent / unquote(urldefrag(link).url)).resolve() for link in pages[index].links}
    assert {path.resolve() for path in pages if path != index} <= reached
    assert "Failed" in pages[index].words


def test_validation_page_has_the_faults_and_a_link_to_the_index(pages: dict[Path, Page]) -> None:
    path = next(path for path in pages if "validations" in path.parts and "emotion" in path.parts)
    assert "emotion/train:61" in pages[path].words
    assert any((path.parent / link).resolve().name == "index.html" for link in pages[path].links)
