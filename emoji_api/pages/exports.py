"""CSV files of a company's days and posts."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, request

from emoji_api.database.extension import served_database
from emoji_api.pages.errors import html_errors
from emoji_api.pages.filters import Filters, read_filters
from emoji_api.pages.security import add_security_headers
from emoji_api.rest.access import check_reader
from emoji_api.untrusted import spreadsheet_cell
from emoji_api.watch.posts import Post, PostCursor, read_posts
from emoji_api.watch.queries import CompanySummary, read_company
from emoji_api.watch.report import read_report, to_csv
from emoji_api.watch.store import get_company

POSTS_PER_QUERY = 1_000
COLUMNS = ("id", "time", "language", "sentiment", "emotion", "offensive", "hate", "phrase", "text", "link")

blp = Blueprint("exports", __name__)
