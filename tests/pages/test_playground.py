"""The playground: answers, explanations, errors, models with other tasks, and texts as text."""

import json
import re
import shutil
from html import unescape

import pytest

from emoji_api.app import create_app
from emoji_api.inference.bundle import file_entry
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.language import LANGUAGES
from emoji_api.pages.languages import NAMES
from tests.pages.conftest import HOSTILE_TEXTS
from tests.pages.test_untrusted import parse

JOY = "finally home after the longest week ever, best feeling in the world!!"
HOSTILE_LABELS = ["<i>dull</i>", "'\"><script>alert(1)</" + "script>"]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('instance')}/file.db"


@pytest.fixture(scope="module")
def client(url):
    return create_app({"DATABASE_URL": url, "PROPAGATE_EXCEPTIONS": False}).test_client()


@pytest.fixture
def ask(client):
    """Return a function that gets the page about a text."""

    def get(text: str, status: int = 200, **parameters: str) -> str:
        response = client.get("/", query_string={"text": text, **parameters})
        assert (response.status_code, response.mimetype) == (status, "text/html"), response.text
        return response.text

    return get


@pytest.fixture
def client_of(tmp_path):
    """Return a function that makes a client of the shipped model with a changed manifest."""

    def make(change, network: bytes | None = None):
        folder = tmp_path / "bundle"
        shutil.copytree(packaged_bundle(), folder)
        manifest = json.loads((folder / "bundle.json").read_text())
        change(manifest)
        if network:
            (folder / "model.int8.onnx").write_bytes(network)
            manifest["files"]["model.int8.onnx"] = file_entry(folder / "model.int8.onnx")
        (folder / "bundle.json").write_text(json.dumps(manifest))
        return create_app({"MODEL_PATH": str(folder), "DATABASE_URL": f"sqlite:///{tmp_path}/file.db"}).test_client()

    return make


def test_without_a_text_the_page_has_a_form_and_examples(client):
    response = client.get("/")
    assert response.status_code == 200 and "The answer appears here" in response.text
    assert '<form class="card ask" id="ask" action="/"' in response.text
    examples = re.findall(r'<a href="([^"]+)" data-example', response.text)
    assert len(examples) >= 5
    for address in examples:
        assert '<h2 id="emotion-title">' in client.get(unescape(address)).text


def test_answers_of_all_tasks(ask):
    page = ask(JOY)
    assert f"\n{JOY}</textarea>" in page
    assert '<p class="face" aria-hidden="true">😂</p>' in page and '<h2 id="emotion-title">Joy</h2>' in page
    assert page.count('<th scope="row"') == 6
    assert '<mark class="phrase">best</mark> feeling' in page
    assert "hateful from 60\u202f% on" in page and "offensive from 42\u202f% on" in page
    assert '<span class="emoji">😍</span>' in page
    assert 'id="finance-title"' not in page, "the network sees no financial topic"
    assert "Language: English" in page and "2026" in page


def test_finance_is_shown_where_the_network_sees_it(ask):
    page = ask("$TSLA beats estimates, shares jump 8% in premarket trading")
    assert "Stock Movement</span>" in page and "Bullish</span>" in page


def test_text_without_an_emotion(ask):
    page = ask("The meeting is at 3pm.")
    assert "😐" in page and "No emotion</h2>" in page and "If it had an emotion" in page
    assert '<tr class="chosen">' not in page


def test_low_confidence_is_told(ask):
    assert "not sure" in ask("$TSLA beats estimates, shares jump 8% in premarket trading")
    assert "not sure" not in ask(JOY)


def test_other_language_is_told(ask):
    assert "This looks like German" in ask("ich bin so wütend")
    assert "reads English only" not in ask(JOY)
    assert set(NAMES) == set(LANGUAGES)


def test_truncation_is_told(ask):
    assert "The model reads 128 tokens" in ask("so happy " * 200)
    assert "Only the beginning" not in ask(JOY)


def test_words_that_decided_are_marked_on_demand(ask):
    text = "<b> & I am so sad today"
    page = ask(text, explain="true")
    assert re.search(r'<mark class="for-[34]">sad</mark>', page)
    assert re.search(r'For it: <span class="telling"><bdi>sad</bdi> \+0\.\d\d', page)
    assert 'value="true" checked' in page
    assert '<mark class="for' not in ask(text)


def test_explanation_of_many_words_is_refused_by_the_limit(url):
    client = create_app({"DATABASE_URL": url, "MAX_EXPLAINED_WORDS": 3}).test_client()
    response = client.get("/", query_string={"text": "one two three four", "explain": "true"})
    assert response.status_code == 422 and "at most 3 can be explained" in response.text
    assert client.get("/", query_string={"text": "one two three four"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("text=", 422, "The text has no characters."),
        ("text=+%0A", 422, "The text is blank."),
        ("text=" + "x" * 5001, 422, "The text has 5001 characters; at most 5000 are allowed."),
        ("text=%E2%80%8B", 422, "The text has no readable character."),
        ("text=%ED%A0%BD", 400, "The text is not valid Unicode"),
        ("text=%FF", 400, "The text is not valid Unicode"),
        ("text=a&explain=perhaps", 422, "“explain” is neither true nor false."),
        ("text=a&explain=", 422, "“explain” is neither true nor false."),
    ],
)
def test_bad_input_is_explained_on_the_page(client, query, status, message):
    response = client.get(f"/?{query}")
    page = unescape(response.text)
    assert (response.status_code, "This cannot be answered" in page) == (status, True)
    assert message in page and 'id="ask"' in page


def test_text_stays_in_the_box_after_an_error(ask):
    assert "\na</textarea>" in ask("a", 422, explain="perhaps")


def test_unknown_parameters_are_ignored(ask):
    assert "Joy" in ask(JOY, utm_source="mail")


def test_line_breaks_of_browsers_are_line_feeds(client):
    assert "\none\ntwo</textarea>" in client.get("/", query_string={"text": "one\r\ntwo"}).text


def test_a_text_too_long_for_an_address_is_sent_as_a_form(client):
    assert "Joy</h2>" in client.post("/", data={"text": JOY}).text
    assert client.post("/", data={}).status_code == 422
    assert client.post("/", data=b"text=%FF", content_type="application/x-www-form-urlencoded").status_code == 400
    assert client.post("/", json={"text": JOY}).status_code == 422
    assert client.post("/", data={"text": "x" * 1_000_001}).status_code == 413


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_nothing_of_the_text_becomes_an_element_or_an_attribute(client, text):
    page = parse(client.get("/", query_string={"text": text, "explain": "true"}).text)
    assert page.dangerous == [] and page.tags.count("img") == 1 and "i" not in page.tags[page.tags.index("main") :]
    assert text in page.text and "60481729" not in page.text
    assert {"b", "textarea", "script"} & set(page.tags) == {"textarea", "script"} and page.tags.count("textarea") == 1


def test_without_a_model_the_page_is_503_with_a_way_back(tmp_path):
    client = create_app({"MODEL_PATH": str(tmp_path / "nothing")}).test_client()
    for query in ({}, {"text": JOY}):
        response = client.get("/", query_string=query)
        assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
        assert "No answer at the moment" in response.text and 'href="/">Try again' in response.text
        assert str(tmp_path) not in response.text
    assert f"\n{JOY}</textarea>" in response.text


def test_model_with_few_tasks(client_of):
    def keep_emotion_and_phrase(manifest):
        manifest["tasks"] = {name: manifest["tasks"][name] for name in ("phrase", "emotion")}
        del manifest["tasks"]["emotion"]["no_emotion"]

    page = client_of(keep_emotion_and_phrase).get("/", query_string={"text": "The meeting is at 3pm."}).text
    assert "No emotion" not in page and page.count("<article") == 1
    assert "tasks=[&#39;emotion&#39;]" in page and "neutral" not in page, "a phrase needs a sentiment"


def test_model_with_tasks_of_its_own(client_of):
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    model = onnx.load(packaged_bundle() / "model.int8.onnx")
    for node in model.graph.node:
        node.output[:] = ["<b>mood</b>" if name == "hate" else name for name in node.output]
        node.input[:] = ["<b>mood</b>" if name == "hate" else name for name in node.input]
    for output in model.graph.output:
        output.name = "<b>mood</b>" if output.name == "hate" else output.name

    def rename(manifest):
        task = manifest["tasks"].pop("hate")
        manifest["tasks"]["<b>mood</b>"] = task | {"labels": HOSTILE_LABELS}

    client = client_of(rename, model.SerializeToString())
    response = client.get("/", query_string={"text": JOY, "explain": "true"})
    page = parse(response.text)
    assert page.dangerous == [] and not {"b", "i"} & set(page.tags[page.tags.index("main") :])
    assert "<b>mood</b>" in page.text and all(label in page.text for label in HOSTILE_LABELS)
    right = unescape(re.search(r"<option value='([^']*mood[^']*)'", response.text)[1])
    sent = client.post("/", data={"text": JOY, "right": right, "consent": "true"})
    assert sent.status_code == 200 and "Thank you" in sent.text


def test_page_views_are_not_counted_as_answers(client, ask):
    def counted():
        lines = client.get("/metrics").text.splitlines()
        return [
            line for line in lines if re.match("emoji_api_(predictions|confidence|text_tokens|unknown|trunc)", line)
        ]

    before = counted()
    ask(JOY)
    ask("ich bin so wütend")
    assert counted() == before


def test_page_is_compressed_unless_the_reader_is_signed_in(client):
    headers = {"Accept-Encoding": "gzip"}
    response = client.get("/", headers=headers)
    assert response.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in response.headers["Vary"]
    assert "Content-Encoding" not in client.get("/", headers=headers | {"Authorization": "Bearer x"}).headers
