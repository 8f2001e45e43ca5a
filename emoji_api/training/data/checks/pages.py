"""Great Expectations' result pages ("data docs") with templates that load nothing from public servers."""

from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

TEMPLATES = Path(__file__).with_name("templates")
"""Templates that replace those of Great Expectations with the same name; all others are used unchanged."""


class _OwnTemplatesFirst:
    env: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), self.env.loader])


class PageView(_OwnTemplatesFirst, DefaultJinjaPageView):
    """A view of the page of one suite or one validation."""


class IndexView(_OwnTemplatesFirst, DefaultJinjaIndexPageView):
    """A view of the index page."""


def site_config(folder: Path) -> Any:
    """Return the configuration of a data docs site in `folder`.

    It is a plain mapping because Great Expectations' type for it lacks the sections.
    """
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
