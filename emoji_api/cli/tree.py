"""All commands of `emoji-api` by group and section, in the order in which people need them."""

from emoji_api.cli.command import Group, LazyCommand, Section

WATCH = Group(
    "watch",
    help="Collect, classify and report posts about companies.",
    sections=[
        Section(
            "Companies",
            [
                LazyCommand("add", "watch:add", "Watch a company."),
                LazyCommand("list", "watch:list_", "List the watched companies."),
                LazyCommand("remove", "watch:remove", "Stop watching a company, and delete its posts."),
            ],
            example='emoji-api watch add Nimbus --query "nimbus coffee"',
        ),
        Section(
            "Posts",
            [
                LazyCommand("collect", "watch:collect", "Collect and classify new posts."),
                LazyCommand("reclassify", "watch:reclassify", "Classify posts again with the served model."),
                LazyCommand("forget", "watch:forget", "Erase a post."),
                LazyCommand("purge", "watch:purge", "Delete old posts."),
            ],
            example="emoji-api watch collect",
        ),
        Section(
            "Results",
            [
                LazyCommand("report", "watch_report:report", "Print the daily statistics of a company."),
                LazyCommand("label", "watch_label:label", "Label posts in a browser."),
            ],
            example="emoji-api watch report Nimbus",
        ),
    ],
)

DATA = Group(
    "data",
    help="Fetch and check the training data sets.",
    sections=[
        Section(
            "Commands",
            [
                LazyCommand("fetch", "data:fetch", "Download or copy the data sets."),
                LazyCommand("check", "data:check", "Check the data sets as every training does."),
            ],
            example="emoji-api data fetch --out data",
        )
    ],
)

MODELS = Group(
    "models",
    help="Manage bundles (trained models) on disk, in the model store and in the MLflow registry.",
    short_help="Verify, serve, promote and roll back models.",
    sections=[
        Section(
            "Bundles on disk",
            [
                LazyCommand("show", "models:show", "Print the card of a model."),
                LazyCommand("verify", "models:verify", "Check the files, labels and outputs of a bundle."),
                LazyCommand("fit-no-emotion", "models:fit_no_emotion", "Fit the rule for tweets without an emotion."),
            ],
            example="emoji-api models show",
        ),
        Section(
            "Model store",
            [
                LazyCommand("add", "models:add", "Copy a bundle into the store."),
                LazyCommand("serve", "models:serve", "Serve a version of the store from now on."),
            ],
            example="emoji-api models serve --previous",
        ),
        Section(
            "MLflow registry",
            [
                LazyCommand("list", "models:list_", "List the registered versions, newest first."),
                LazyCommand("register", "models:register", "Register a bundle as the challenger."),
                LazyCommand("promote", "models:promote", "Serve a version that passes the promotion gate."),
                LazyCommand("rollback", "models:rollback", "Serve the previous champion again."),
            ],
            example="emoji-api models promote challenger --data data",
        ),
    ],
)

FEEDBACK = Group(
    "feedback",
    help="Review and export the corrections that callers sent to POST /feedback.",
    short_help="Review and export corrections from callers.",
    sections=[
        Section(
            "Commands",
            [
                LazyCommand("list", "feedback:list_rows", "Print feedback, oldest first."),
                LazyCommand("accept", "feedback:accept", "Accept feedback for training."),
                LazyCommand("reject", "feedback:reject", "Reject feedback."),
                LazyCommand("export", "feedback:export", "Write feedback for training or for spreadsheets."),
                LazyCommand("purge", "feedback:purge", "Delete old feedback."),
            ],
            example="emoji-api feedback export --out feedback.jsonl",
        )
    ],
)

DATABASE = Group(
    "database",
    help="""Upgrade or inspect the schema of the database that EMOJI_API_DATABASE_URL names.

    The service itself upgrades the schema when it first uses the database.
    """,
    short_help="Upgrade or inspect the database schema.",
    sections=[
        Section(
            "Commands",
            [
                LazyCommand("upgrade", "database:upgrade", "Upgrade the schema to this version's."),
                LazyCommand("downgrade", "database:downgrade", "Downgrade the schema to a revision."),
                LazyCommand("current", "database:current", "Print the revision of the schema."),
                LazyCommand("sql", "database:sql", "Print the SQL of an upgrade instead of running it."),
            ],
            example="emoji-api database current",
        )
    ],
)

SECTIONS = (
    Section(
        "Ask",
        [
            LazyCommand("classify", "classify:classify", "Answer tweets: emotion, sentiment and more."),
            LazyCommand("playground", "playground:playground", "Try tweets in a browser."),
        ],
        example='emoji-api classify "finally home after the longest week ever"',
    ),
    Section(
        "Serve",
        [LazyCommand("serve", "serve:serve", "Start the production server: HTTP API and pages.")],
        example="emoji-api serve --port 8000",
    ),
    Section("Watch", [WATCH], example="emoji-api watch report Nimbus"),
    Section(
        "Train",
        [
            DATA,
            LazyCommand("train", "training:train", "Train the network and write a bundle."),
            LazyCommand("distil", "training:distil", "Distil an ensemble of teachers into one network."),
            LazyCommand("sweep", "training:sweep", "Search for better training parameters."),
            LazyCommand("export", "training:export", "Calibrate and quantise a bundle again."),
            LazyCommand("evaluate", "evaluation:evaluate", "Measure a bundle on labelled data."),
            LazyCommand("behave", "evaluation:behave", "Run the behaviour tests on a bundle."),
        ],
        example="emoji-api train --data data",
    ),
    Section(
        "Operate",
        [
            MODELS,
            FEEDBACK,
            LazyCommand("drift", "drift:drift", "Compare live tweets with the reference."),
            DATABASE,
        ],
        example="emoji-api drift --metrics http://localhost:5000/metrics",
    ),
)
"""The commands of the root command."""
