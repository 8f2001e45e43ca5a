"""Applications with a tiny model, with a broken model, and with a model store."""

import json
import shutil
import sys
from importlib.resources import files

import pytest

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.inference import load_classifier
from emoji_api.inference.store import ModelStore
from emoji_api.rest.serving import EXTENSION
from emoji_api.watch.collect import collect
from emoji_api.watch.store import add_company
from tests.versions import add_two_versions

ADMIN_KEY = "an-admin-key-of-the-tests"
SAMPLE = files("emoji_api").joinpath("watch", "sample.jsonl")


@pytest.fixture(scope="session")
def app(tiny_bundle, database_file):
    return create_app(
        {
            "MODEL_PATH": str(tiny_bundle),
            "DATABASE_URL": database_file,
            "TESTING": True,
            "PROPAGATE_EXCEPTIONS": False,
        }
    )


@pytest.fixture(scope="session")
def database_file(tmp_path_factory):
    """The URL of a database that the session's applications share."""
    return f"sqlite:///{tmp_path_factory.mktemp('instance')}/emoji_api.db"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="session")
def classifier(tiny_bundle):
    return load_classifier(tiny_bundle)


@pytest.fixture(scope="session")
def client_of(tiny_bundle, database_file, tmp_path_factory):
    """Return a function that makes a client of the tiny model with only the given tasks."""

    def make(*tasks):
        bundle = tmp_path_factory.mktemp("models") / "few"
        shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
        manifest = json.loads((bundle / "bundle.json").read_text())
        manifest["tasks"] = {name: manifest["tasks"][name] for name in tasks}
        (bundle / "bundle.json").write_text(json.dumps(manifest))
        return create_app({"MODEL_PATH": str(bundle), "DATABASE_URL": database_file}).test_client()

    return make


@pytest.fixture(scope="session")
def emotion_client(client_of):
    """A client of a model that has only the task `emotion`."""
    return client_of("emotion")


@pytest.fixture(scope="session")
def collected_posts(classifier, tmp_path_factory):
    """An SQLite file with the company Nimbus, whose sample posts the tiny model has classified. Do not change it."""
    file = tmp_path_factory.mktemp("collected") / "file.db"
    database = Database(f"sqlite:///{file}")
    with database.session() as session:
        add_company(session, "Nimbus", "nimbus", "file", {"path": str(SAMPLE)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "mlflow", None)  # as if it were not installed: nothing is logged to it
        collect(database, "Nimbus", classifier)
    with database.session() as session:
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # the file is complete for copies
    database.close()
    return file


@pytest.fixture
def posts_app(collected_posts, tiny_bundle, tmp_path):
    """An application with an admin key and its own copy of the collected posts."""
    shutil.copy(collected_posts, tmp_path / "file.db")
    url = f"sqlite:///{tmp_path}/file.db"
    return create_app({"MODEL_PATH": str(tiny_bundle), "DATABASE_URL": url, "ADMIN_KEYS": [ADMIN_KEY]})


@pytest.fixture
def broken_bundle(tiny_bundle, tmp_path):
    """A bundle with a truncated network file."""
    bundle = tmp_path / "broken"
    shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
    network = bundle / "model.int8.onnx"
    network.write_bytes(network.read_bytes()[:1000])
    return bundle


@pytest.fixture
def broken_client(broken_bundle):
    return create_app({"MODEL_PATH": str(broken_bundle)}).test_client()


@pytest.fixture
def store(tiny_bundle, tmp_path):
    """A model store with the versions `first`, which is served, and `second`."""
    return add_two_versions(ModelStore(tmp_path / "store"), tiny_bundle, tmp_path, served="first")


@pytest.fixture
def following(store):
    """An application that serves the store's model, with an admin key. It does not poll the store."""
    return create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0, "ADMIN_KEYS": [ADMIN_KEY]})


@pytest.fixture
def poll(following):
    """Return a function that makes `following` poll the store once."""
    return following.extensions[EXTENSION].poll


@pytest.fixture
def admin_headers():
    """The headers of an admin's request."""
    return {"Authorization": f"Bearer {ADMIN_KEY}"}


@pytest.fixture(scope="session")
def neutral_bundle(tiny_bundle, tmp_path_factory):
    """The tiny bundle with a rule by which every tweet has no emotion."""
    bundle = tmp_path_factory.mktemp("models") / "neutral"
    shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
    manifest = json.loads((bundle / "bundle.json").read_text())
    manifest["tasks"]["emotion"]["no_emotion"] = {"slope": -1.0, "intercept": -3.0, "threshold": 0.0}
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    return bundle


@pytest.fixture
def neutral_client(neutral_bundle, database_file):
    """A client of a model that finds no emotion in any tweet."""
    return create_app({"MODEL_PATH": str(neutral_bundle), "DATABASE_URL": database_file}).test_client()
