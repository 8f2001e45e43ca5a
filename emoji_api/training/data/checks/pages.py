"""Great Expectations' pages without what they load from public servers: the same content, in templates of our own."""

from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

TEMPLATES = Path(__file__).with_name("templates")
"""Each takes the place of Great Expectations' template of its name; all others are used as they are."""


class _OwnTemplatesFirst:
    env: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), self.env.loader])


class PageView(_OwnTemplatesFirst, DefaultJinjaPageView):
    """A page of a suite, or of what it found."""


class IndexView(_OwnTemplatesFirst, DefaultJinjaIndexPageView):
    """The first page."""


def site(folder: Path) -> Any:
    """What has Great Expectations write its pages into `folder`; its own type for this lacks the sections."""
    page, index = ({"module_name": __name__, "class_name": view.__name__} for view in (PageView, IndexView))
    return {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": index},
        "site_section_builders": {
            "expectations": {"view": page},
            "validations": {"view": page},
            "profiling": {"view": page},
        },
    }
