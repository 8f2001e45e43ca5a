"""`emoji-api drift`: sources of texts, table and JSON output, exit codes."""

import json
import shutil

import httpx
import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from emoji_api.drift.profile import as_json, measure
from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.versions import add_two_versions


@pytest.fixture(scope="session")
def bundle(tiny_bundle, classifier, texts_of, tmp_path_factory):
    """The tiny bundle with a reference made from sentences of every emotion."""
    bundle = tmp_path_factory.mktemp("models") / "referenced"
    shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
    manifest = json.loads((bundle / "bundle.json").read_text())
    manifest["reference"] = as_json(measure(classifier, texts_of(300)))
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    return bundle


@pytest.fixture
def drift(bundle):
    def invoke(*arguments, model=bundle, **more):
        return CliRunner().invoke(main, ["drift", "--model", str(model), *arguments], **more)

    return invoke


def rows_by_feature(result):
    return {row["feature"]: row for row in map(json.loads, result.stdout.splitlines())}


def test_similar_texts_are_no_drift(drift, texts_of):
    result = drift("--file", "-", input="\n".join(texts_of(200, seed=1)))
    assert result.exit_code == 0, result.output
    assert "drifted" not in result.stdout


def test_different_texts_are_drift_with_exit_code_1(drift, texts_of):
    result = drift("--file", "-", input="\n".join(texts_of(200, "sadness")))
    lines = {line.split()[0]: line.split()[-1] for line in result.stdout.splitlines()}
    assert result.exit_code == 1
    assert (lines["feature"], lines["emotion/label"], lines["unknown_tokens"]) == ("verdict", "drifted", "steady")


def test_higher_threshold_tolerates_the_difference(drift, texts_of):
    assert drift("--file", "-", "--threshold", "50", input="\n".join(texts_of(200, "sadness"))).exit_code == 0


def test_json_has_a_row_per_feature(drift, texts_of):
    result = drift("--file", "-", "--json", input="\n".join(texts_of(200, "sadness")))
    rows = rows_by_feature(result)
    assert rows["emotion/label"]["verdict"] == "drifted"
    assert rows["tokens"]["rows"] == 200


def test_reference_data_replaces_the_reference_of_the_bundle(drift, tiny_bundle, texts_of, tmp_path):
    usual = tmp_path / "usual.txt"
    usual.write_text("\n".join(texts_of(200, "sadness")), encoding="utf-8")
    result = drift(
        "--reference-data",
        str(usual),
        "--file",
        "-",
        input="\n".join(texts_of(200, "sadness", seed=1)),
        model=tiny_bundle,
    )
    assert result.exit_code == 0, result.output


def test_bundle_without_a_reference_is_an_error(drift, bundle, tmp_path):
    bare = shutil.copytree(bundle, tmp_path / "bare")
    manifest = json.loads((bare / "bundle.json").read_text())
    del manifest["reference"]
    (bare / "bundle.json").write_text(json.dumps(manifest))
    result = drift("--file", "-", input="happy", model=bare)
    assert result.exit_code == 1
    assert "no reference; give --reference-data" in result.stderr


def test_feedback_with_consent_is_compared(drift, texts_of, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/file.db"
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", url)
    with Database(url).session() as session:
        for text in texts_of(100, "sadness"):
            receive(session, text=text, task="emotion", label="joy", consent=True)
        receive(session, text="text without consent", task="emotion", label="joy", consent=False)
    result = drift("--feedback", "--json")
    rows = rows_by_feature(result)
    assert (rows["emotion/label"]["rows"], rows["emotion/label"]["verdict"]) == (100, "drifted")


def test_metrics_of_a_service_give_the_profile_of_its_texts(drift, bundle, texts_of, tmp_path):
    with serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(bundle), EMOJI_API_WORKERS="2") as server:
        body = {"texts": texts_of(200, "sadness"), "tasks": ["emotion", "hate"]}
        assert httpx.post(f"{server.url}/tweets/analysis/batch", json=body, timeout=60).status_code == 200
        from_metrics = rows_by_feature(drift("--metrics", f"{server.url}/metrics", "--json"))
    from_texts = rows_by_feature(drift("--file", "-", "--json", input="\n".join(texts_of(200, "sadness"))))
    assert from_metrics.keys() == {"tokens", "unknown_tokens"} | {
        f"{task}/{part}" for task in ("emotion", "hate") for part in ("label", "confidence")
    }
    for name, row in from_metrics.items():
        assert row == pytest.approx(from_texts[name]), name


@pytest.fixture
def store(bundle, tmp_path):
    """A model store that has the versions `first` and `second`, and serves `second`."""
    return add_two_versions(ModelStore(tmp_path / "store"), bundle, tmp_path, served="second")


def test_default_model_is_the_one_the_service_serves(store, texts_of, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(store.folder))
    with serve(tmp_path / "log") as server:
        body = {"texts": texts_of(50), "tasks": ["emotion"]}
        assert httpx.post(f"{server.url}/tweets/analysis/batch", json=body, timeout=60).status_code == 200
        default, wrong = [
            CliRunner().invoke(main, ["drift", "--metrics", f"{server.url}/metrics", *model])
            for model in ([], ["--model", str(store.path("first"))])
        ]
    assert default.exit_code == 0, default.output
    assert "emotion/label" in default.stdout
    assert wrong.exit_code == 1
    assert f"the service serves second, and {store.path('first')} is first" in wrong.stderr


@pytest.mark.parametrize("setting", ["EMOJI_API_MODEL_PATH", "EMOJI_API_MODEL_STORE"])
def test_default_model_is_the_one_in_the_settings(store, setting, tmp_path, monkeypatch):
    folders = {"EMOJI_API_MODEL_PATH": tmp_path / "first", "EMOJI_API_MODEL_STORE": store.path("second")}
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(store.folder))
    if setting == "EMOJI_API_MODEL_PATH":
        monkeypatch.setenv(setting, str(folders[setting]))
    manifest = json.loads((folders[setting] / "bundle.json").read_text())
    del manifest["reference"]
    (folders[setting] / "bundle.json").write_text(json.dumps(manifest))
    result = CliRunner().invoke(main, ["drift", "--file", "-"], input="happy")
    assert result.exit_code == 1
    assert f"{folders[setting]}: the bundle has no reference" in result.stderr


def test_too_few_rows_are_no_drift(drift, texts_of):
    result = drift("--file", "-", input="\n".join(texts_of(1, "sadness")))
    assert result.exit_code == 0, result.output
    assert "too few" in result.stdout


def test_metrics_without_answers_are_an_error(drift, bundle, tmp_path):
    with serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(bundle)) as server:
        result = drift("--metrics", f"{server.url}/metrics")
    assert result.exit_code == 1
    assert "nothing to compare" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one of"),
        (["--feedback", "--metrics", "http://x"], "give one of"),
        (["--file", "nowhere.txt"], "nowhere.txt"),
        (["--file", "-", "--threshold", "0"], "--threshold"),
        (["--metrics", "file:///etc/passwd"], "begins with http"),
        (["--metrics", "http://127.0.0.1:1/metrics"], "refused"),
    ],
)
def test_wrong_input_is_an_error(drift, arguments, message):
    result = drift(*arguments, input="happy")
    assert result.exit_code != 0
    assert message in result.stderr


def test_unanswerable_lines_are_skipped_and_counted(bundle, texts_of, run_process):
    texts = texts_of(1100, seed=1)
    texts[16] = texts[1050] = " "
    result = run_process("drift", "--model", str(bundle), "--json", "--file", "-", stdin="\n".join(texts))
    assert result.returncode == 0
    assert result.stderr == "--file: skipped 2 of 1100 lines; the first is line 17: the text is blank\n"
    assert rows_by_feature(result)["emotion/label"]["rows"] == 1098


def test_unanswerable_lines_of_the_reference_data_are_skipped(drift, texts_of, tmp_path):
    usual = tmp_path / "usual.txt"
    usual.write_text("\n".join(["", *texts_of(200)]), encoding="utf-8")
    result = drift("--reference-data", str(usual), "--file", "-", input="\n".join(texts_of(200)))
    assert result.exit_code == 0, result.output
    assert result.stderr == "--reference-data: skipped 1 of 201 lines; the first is line 1: the text is blank\n"


def test_only_unanswerable_lines_are_an_error(drift):
    result = drift("--file", "-", input="\n \n")
    assert result.exit_code == 1
    assert "skipped 2 of 2 lines" in result.stderr
    assert "nothing to compare" in result.stderr


def test_input_that_is_not_utf8_is_an_error(drift):
    result = drift("--file", "-", input=b"happy\ncaf\xe9\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--file: line 2 is not UTF-8" in result.stderr
