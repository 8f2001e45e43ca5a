"""Registration of the pages with the application."""

from flask import Flask

from emoji_api.pages import (
    assets,
    errors,
    exports,
    file_answers,
    formats,
    labelling,
    model_page,
    negotiation,
    playground,
    site,
    swagger_ui,
    vega,
)

BLUEPRINTS = (
    assets.blp,
    playground.blp,
    file_answers.blp,
    model_page.blp,
    vega.blp,
    exports.blp,
    labelling.blp,
    site.blp,
)


def init_app(app: Flask) -> None:
    """Register the blueprints of the pages, their templates, and the functions that templates call."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.globals["asset_url"] = assets.asset_url
    app.jinja_env.filters |= formats.FILTERS
    negotiation.init_app(app)
    errors.init_app(app)
    swagger_ui.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
