"""A watched company's posts."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from emoji_api.database.extension import served_database
from emoji_api.errors import EmojiApiError, UnknownPost
from emoji_api.rest.access import reader
from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Count, check_stored_text, probability_field
from emoji_api.rest.resource import ERRORS, Arguments, documents_errors
from emoji_api.rest.serving import served_model
from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.watch.posts import UNKNOWN_LANGUAGE, PostCursor, PostFilter, PostPage, read_posts
from emoji_api.watch.statistics import MIN_CONFIDENCE, UNCERTAIN
from emoji_api.watch.store import forget_post, get_company
from emoji_api.watch.update import update_statistics


class CursorField(fields.String):
    """A cursor of a list of posts."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> PostCursor:  # type: ignore[override]
        try:
            return PostCursor.parse(super()._deserialize(value, *args, **kwargs))
        except ValueError as error:
            raise ValidationError("Not a cursor: send the field `next` of a page.") from error


class PostsQuerySchema(Schema):
    """The posts to return."""

    first = fields.Date(data_key="from", metadata={"description": "first day of publication (UTC)"})
    last = fields.Date(data_key="to", metadata={"description": "last day of publication (UTC)"})
    sentiment = fields.String(
        validate=validate.OneOf(SENTIMENT.labels), metadata={"description": "only posts with this sentiment"}
    )
    emotion = fields.String(
        validate=validate.OneOf((*EMOTION.labels, UNCERTAIN)),
        metadata={
            "description": f"only posts with this emotion and a confidence of {MIN_CONFIDENCE} or more; {UNCERTAIN}: a "
            "lower confidence. The statistics count emotions in the same way"
        },
    )
    language = fields.String(
        validate=[validate.Length(1, 8), check_stored_text],
        metadata={
            "description": f"only posts in this language, an ISO 639 code; {UNKNOWN_LANGUAGE}: it is not known",
            "example": "en",
        },
    )
    text = fields.String(
        data_key="q",
        validate=[validate.Length(1, 200), check_stored_text],
        metadata={"description": "only posts that contain this text, whatever its case", "example": "coffee"},
    )
    limit = Count(
        load_default=50,
        validate=validate.Range(1, 200),
        metadata={"description": "maximum number of posts in the answer", "example": 50},
    )
    before = CursorField(metadata={"description": "`next` of the previous page"})


class PostIdSchema(Schema):
    """The id of a post."""

    id = fields.String(
        required=True,
        validate=validate.Length(1, 2_000),
        metadata={"description": "id of the post at its source", "example": "at://did:plc:abc/app.bsky.feed.post/3k"},
    )


class LabelSchema(Schema):
    """The answer to a task."""

    label = fields.String(required=True, metadata={"example": "positive"})
    confidence = probability_field("calibrated probability of the label", 0.93)


class EmotionLabelSchema(LabelSchema):
    """The emotion, and its emoji."""

    label = fields.String(required=True, metadata={"example": "joy"})
    emoji = fields.String(metadata={"example": "😂"})


class PostPhraseSchema(Schema):
    """The phrase that carries the sentiment, and its position in the text, in characters."""

    selected_text = fields.String(required=True, metadata={"example": "nothing beats it"})
    sentiment = fields.String(required=True, metadata={"example": "positive"})
    start = fields.Integer(required=True, metadata={"example": 66})
    end = fields.Integer(required=True, metadata={"description": "position after the last character", "example": 82})


class PostSchema(Schema):
    """A post. The answers are null if it is not classified, such as one in another language than English."""

    id = fields.String(
        required=True, attribute="post_id", metadata={"description": "id at its source", "example": "nimbus-001"}
    )
    time = fields.AwareDateTime(required=True, metadata={"description": "time of publication (UTC)"})
    language = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "ISO 639 code; null: not known, zxx: no words", "example": "en"},
    )
    text = fields.String(required=True, metadata={"description": "untrusted: escape it in HTML"})
    link = fields.String(required=True, allow_none=True, metadata={"description": "an HTTP address"})
    author = fields.String(
        required=True, allow_none=True, metadata={"description": "null unless EMOJI_API_WATCH_AUTHORS is set"}
    )
    sentiment = fields.Nested(LabelSchema, required=True, allow_none=True)
    emotion = fields.Nested(EmotionLabelSchema, required=True, allow_none=True)
    offensive = fields.Nested(LabelSchema, required=True, allow_none=True)
    hate = fields.Nested(LabelSchema, required=True, allow_none=True)
    phrase = fields.Nested(PostPhraseSchema, required=True, allow_none=True)
    model_version = fields.String(
        required=True, allow_none=True, metadata={"description": "version of the model that answered"}
    )


class PostsSchema(Schema):
    """A page of posts, newest first."""

    posts = fields.List(fields.Nested(PostSchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "`before` of the next page; null: there is none", "example": "1761905892000000_200"},
    )


blp = Blueprint("company_posts", __name__, url_prefix="/companies/<name>", tag="companies")


@blp.get("/posts")
@reader
@blp.arguments(PostsQuerySchema(), location="query")
@blp.response(200, PostsSchema)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="List a company's posts, newest first",
    description="Posts that are collected between the requests for two pages do not move the others. Forgotten posts "
    "are not listed.",
)
def get_company_posts(arguments: Arguments, name: str) -> PostPage:
    limit, before = arguments.pop("limit"), arguments.pop("before", None)
    with served_database().session() as session:
        return read_posts(session, get_company(session, name), PostFilter(**arguments), limit=limit, before=before)


@blp.delete("/posts")
@admin
@blp.arguments(PostIdSchema(), location="query")
@blp.response(204)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="Forget a post",
    description="The text, author, link and answers of the post are erased, and it is not collected again. Forgetting "
    "it again changes nothing. The statistics of its day are computed again.",
)
def delete_company_post(arguments: Arguments, name: str) -> None:
    database = served_database()
    with database.session() as session:
        if not forget_post(session, get_company(session, name), arguments["id"]):
            raise UnknownPost(name, arguments["id"])
    try:
        bundle = served_model().classifier.bundle
    except EmojiApiError:  # no model is served: the next collection computes the statistics
        return
    # not logged to MLflow, which may take minutes to fail
    update_statistics(database, name, bundle, log=False)
