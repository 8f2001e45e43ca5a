"""The file tab of the playground: the answers for a file of tweets, on a page or as a download. Nothing is stored."""

from dataclasses import dataclass
from pathlib import PurePath

from flask import Blueprint, Response, current_app, request
from webargs.flaskparser import abort
from werkzeug.exceptions import RequestEntityTooLarge

from emoji_api.errors import TextColumnMissing, TooManyTweets, TweetFileError
from emoji_api.pages.answered_file import AnsweredFile, Share, answer_file
from emoji_api.pages.answers import MIN_TOPIC_CONFIDENCE
from emoji_api.pages.assets import read_asset
from emoji_api.pages.downloads import attachment
from emoji_api.pages.rendering import render_page
from emoji_api.pages.security import refuse_other_sites
from emoji_api.pages.tweet_files import MEDIA_TYPES, READERS, TEXT_COLUMNS, read_tweets
from emoji_api.rest.errors import error_document
from emoji_api.rest.serving import answering_model
from emoji_api.tasks import EMOTION_EMOJI, FINANCE_TOPIC, NO_EMOTION, NO_EMOTION_EMOJI, TASKS, WITH_THRESHOLD

SAMPLES = {"sample_tweets.csv": "CSV", "sample_tweets.jsonl": "JSON lines", "sample_tweets.txt": "plain text"}
"""Static files with tweets to try, and their formats."""
DOWNLOADS = {"csv": "CSV", "jsonl": "JSON lines"}
"""Formats of the answers to download, by the value of the parameter `format`."""
EMOJI = EMOTION_EMOJI | {NO_EMOTION: NO_EMOTION_EMOJI}

blp = Blueprint("file_answers", __name__)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a file is not answered: the HTTP status, a message for people, and a way out.

    `columns` are those to choose from, if the column of the texts is unknown. `is_too_large` leads to the command line.
    """

    code: int
    message: str
    columns: list[str]
    is_too_large: bool


@blp.get("/file")
def show_file_form() -> Response:
    """Return the page with the form; with the parameter `sample`, also with the answers for a sample file."""
    name = request.args.get("sample")
    if name is None:
        return _page()
    if name not in SAMPLES:
        abort(404, message=f"There is no sample {name!r}; there are {', '.join(SAMPLES)}.")
    return _answer(name, "", read_asset(name).content)


@blp.post("/file")
def post_file() -> Response:
    """Return the answers for the file in a form."""
    refuse_other_sites()
    if request.mimetype != "multipart/form-data":
        abort(415, message="Send the form as multipart/form-data.")
    try:
        upload = request.files.get("file")
    except RequestEntityTooLarge as error:
        message = f"the file has more than {current_app.config['MAX_BODY_BYTES']:,} bytes, the limit of this service"
        return _page(problem=Problem(code=error.code, message=message, columns=[], is_too_large=True))
    if upload is None or not upload.filename:
        return _page(problem=_problem(TweetFileError("no file was sent; choose one")))
    return _answer(upload.filename, upload.mimetype, upload.read())


def _answer(name: str, media_type: str, content: bytes) -> Response:
    """Return the answers for the tweets of a file, in the format that the request asks for."""
    format, column = _last("format"), _last("column")
    if format not in (None, *DOWNLOADS):
        abort(422, message=f"There is no format {format!r}; there are {', '.join(DOWNLOADS)}.")
    classifier = answering_model()
    limit = current_app.config["MAX_BATCH_SIZE"]
    try:
        file = read_tweets(name, media_type, content, column=column, max_rows=limit)
    except TweetFileError as error:
        return _page(problem=_problem(error), column=column)
    answered = answer_file(classifier, file)
    download = f"{PurePath(file.name).stem} answers.{format}"
    if format == "csv":
        return attachment(download, [answered.as_csv()])
    if format == "jsonl":
        return attachment(download, answered.as_json_lines(), "application/x-ndjson")
    return _page(answered=answered, column=column)


def _last(name: str) -> str | None:
    """Return the last value of a parameter that is not blank: that of the pressed button, or else of the field."""
    values = [value for value in request.values.getlist(name) if value.strip()]
    return values[-1] if values else None


def _problem(error: TweetFileError) -> Problem:
    return Problem(
        code=error_document(error, error.public_message)["code"],
        message=error.public_message,
        columns=error.columns if isinstance(error, TextColumnMissing) else [],
        is_too_large=isinstance(error, TooManyTweets),
    )


def _page(
    *, answered: AnsweredFile | None = None, problem: Problem | None = None, column: str | None = None
) -> Response:
    """Return the page with the form, and with the answers or the problem. `column` is the caller's choice."""
    return render_page(
        "file.html",
        problem.code if problem else 200,
        answered=answered,
        tasks=[task.name for task in answered.tasks] if answered else [],
        other_tasks=[task.name for task in answered.tasks if task.name not in TASKS] if answered else [],
        flagged=_flagged(answered) if answered else [],
        emoji=EMOJI,
        has_finance=answered is not None and _has_finance(answered),
        min_topic_confidence=MIN_TOPIC_CONFIDENCE,
        problem=problem,
        column=column,
        samples=SAMPLES,
        downloads=DOWNLOADS,
        accept=",".join((*READERS, *MEDIA_TYPES)),
        text_columns=TEXT_COLUMNS,
        max_tweets=current_app.config["MAX_BATCH_SIZE"],
        max_bytes=current_app.config["MAX_BODY_BYTES"],
    )


def _flagged(answered: AnsweredFile) -> list[Share]:
    """Return the share of the second label of each binary task, such as `offensive`."""
    tasks = [task for task in answered.tasks if task.name in WITH_THRESHOLD]
    return [answered.shares(task.name)[task.labels[1]] for task in tasks]


def _has_finance(answered: AnsweredFile) -> bool:
    """Return whether a tweet has a financial topic."""
    topics = (row.answers.get(FINANCE_TOPIC.name) for row in answered.rows)
    return any(topic and topic["confidence"] >= MIN_TOPIC_CONFIDENCE for topic in topics)
