"""Files that pages offer for download."""

import csv
import io
from collections.abc import Iterable

from flask import Response

from emoji_api.pages.security import add_security_headers
from emoji_api.untrusted import spreadsheet_cell


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    """Return rows of a CSV file. Texts that a spreadsheet would run as formulas are prefixed with a single quote."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def attachment(name: str, parts: Iterable[str], media_type: str = "text/csv") -> Response:
    """Return the response that the browser saves as the file `name`."""
    response = Response(parts, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-cache"
    add_security_headers(response)
    return response
