"""The file tab: answers for a file of tweets on a page and as a download, problems, limits, untrusted files."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

import emoji_api
from emoji_api.app import create_app
from emoji_api.pages import file_answers
from emoji_api.pages.security import CONTENT_SECURITY_POLICY
from tests.pages.conftest import BROWSER
from tests.pages.test_untrusted import parse

SHIPPED = Path(emoji_api.__file__).parent / "models" / "tweets"
HAPPY = "finally home after the longest week ever; best feeling in the world!!"
SAD, PLAIN = "i miss you so much, i cry all night", "The meeting is at 3pm."
HOSTILE = ["<script>alert(1)</" + "script> so happy", '"><img src=x onerror=alert(1)> so sad', "{{ 7777*7777 }} fine"]


@pytest.fixture
def send(client):
    """Return a function that sends a file as the form of a browser does."""
    return lambda content, name="tweets.txt", **options: send_file(client, content, name, **options)


def send_file(client, content, name, status=200, headers=None, **fields):
    data = content if isinstance(content, bytes) else content.encode()
    form = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    form["file"] = io.BytesIO(data), name
    response = client.post("/file", data=form, headers={**BROWSER, **(headers or {})})
    assert response.status_code == status, response.text
    return response


def lines(response):
    return [json.loads(line) for line in response.text.splitlines()]


def csv_rows(response):
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def shown_rows(response):
    """Return the cells of the table of answers, as text."""
    body = response.text.split('<table class="answers"')[1].split('<tbody role="rowgroup">')[1].split("</table>")[0]
    rows = re.findall(r"<tr role=.*?</tr>", body, re.DOTALL)
    return [[parse(cell).text.strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)] for row in rows]


def problem_of(response):
    """Return the text of the problem that a page shows outside its templates."""
    return parse(response.text.split('<div id="answers"')[1].split("<template")[0]).text


def test_form_says_what_it_takes_and_that_nothing_is_stored(client):
    page = client.get("/file", headers=BROWSER).text
    assert "up to 256 tweets and 1.0 MB" in page and "are not stored" in page
    assert 'enctype="multipart/form-data"' in page and 'data-max-bytes="1000000"' in page
    assert re.search(r'<a href="/file" aria-current="page">File</a>', page)


def test_page_has_the_answer_of_each_tweet(send):
    response = send(f"{HAPPY}\n\n{PLAIN}\nich bin so wütend auf die Bahn heute\n")
    happy, plain, german = shown_rows(response)
    assert happy[:2] == ["1", HAPPY] and happy[2].startswith("😂 joy") and happy[3].startswith("positive")
    assert plain[:2] == ["3", PLAIN] and plain[2].startswith("😐 none")
    assert german[-1] == "de not English" and happy[-1] == "en"
    assert "<mark>best</mark>" in response.text
    assert "3 tweets of <bdi>tweets.txt</bdi>" in response.text
    assert "1 tweet is not in English" in response.text


def test_shares_are_a_chart_and_a_table(send):
    page = send(f"{HAPPY}\n{HAPPY}\n{SAD}\n{PLAIN}\n").text
    row = r'<th scope="row">(.*?)</th>.*?width="(\d+\.\d+)".*?"muted">(\d+)</td><td>(.*?)</td>'
    rows = [(" ".join(parse(label).text.split()), *row) for label, *row in re.findall(row, page, re.DOTALL)]
    assert rows[:4] == [
        ("😂 joy", "50.00", "2", "50\u202f%"),
        ("😢 sadness", "25.00", "1", "25\u202f%"),
        ("😐 no emotion", "25.00", "1", "25\u202f%"),
        ("😍 love", "0.00", "0", "0\u202f%"),
    ]
    assert ("positive", "50.00", "2", "50\u202f%") in rows and ("offensive", "0.00", "0", "0\u202f%") in rows


def test_confidence_is_never_a_certainty(send):
    assert "100\u202f%" not in send(f"{HAPPY}\n{SAD}\n").text.split('<table class="answers"')[1]


def test_answers_are_those_of_the_api(send, client):
    texts = [HAPPY, "", PLAIN, "das ist nicht gut so, finde ich"]
    body = {"texts": texts, "on_error": "skip", "neutral": True, "language": True}
    expected = client.post("/tweets/analysis/batch", json=body).json["answers"]
    content = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    found = lines(send(content, "tweets.jsonl", format="jsonl"))
    assert found == [
        {"row": number, "text": text, **answer}
        for number, (text, answer) in enumerate(zip(texts, expected, strict=True), start=1)
    ]


def test_rows_without_an_answer_are_marked_in_their_place(send):
    content = f"id,text\n1,{HAPPY}\n2, \n3,two, three\n4,{'x' * 5001}\n5,{PLAIN}\n"
    response = send(content, "tweets.csv")
    assert "2 tweets of" in response.text and "3 rows have no answer" in response.text
    assert [row[0] for row in shown_rows(response)] == ["2", "3", "4", "5", "6"]
    assert [row[-1] for row in shown_rows(response)[1:4]] == [
        "Is blank.",
        "3 instead of 2 columns; a text with ',' needs quotes.",
        "Has 5001 characters; at most 5000 are allowed.",
    ]
    errors = [row["error"] for row in csv_rows(send(content, "tweets.csv", format="csv"))]
    assert [bool(error) for error in errors] == [False, True, True, True, False]


def test_lone_surrogates_of_json_spoil_nothing(send):
    content = '{"text": "\\ud800"}\n' + json.dumps(HAPPY)
    assert shown_rows(send(content, "x.jsonl"))[0][-1] == "Is not valid Unicode: it has a lone surrogate."
    for format in ("csv", "jsonl"):
        assert HAPPY in send(content, "x.jsonl", format=format).text


def test_file_without_a_good_row_is_answered_with_reasons(send):
    response = send("{\n", "x.jsonl")
    assert "0 tweets of" in response.text and shown_rows(response)[0][-1] == "Not JSON."
    assert "<caption>Emotion" not in response.text


def test_unknown_column_asks_which_it_is(send):
    content = f"id,words\n1,{HAPPY}\n"
    response = send(content, "tweets.csv", status=422)
    assert "the file has 'id', 'words'" in problem_of(response)
    assert re.search(r'<button [^>]*name="column" value="words"', response.text)
    # the button comes after the field in the form
    response = send(content, "tweets.csv", column=("", "words"))
    assert "from the column <bdi" in response.text and shown_rows(response)[0][1] == HAPPY


@pytest.mark.parametrize(
    ("content", "name", "status", "message"),
    [
        (b"caf\xe9", "x.txt", 422, "line 1 of the file is not UTF-8"),
        (b"", "x.csv", 422, "the file has no tweets"),
        (b"PK\x03\x04", "tweets.xlsx", 415, "is neither CSV, JSON lines nor plain text"),
        (b"x\n" * 257, "x.txt", 422, "more than 256 tweets"),
    ],
)
@pytest.mark.parametrize("format", ["", "csv", "jsonl"])
def test_problems_are_on_the_page_with_the_form(send, content, name, status, message, format):
    response = send(content, name, status=status, format=format)
    assert response.mimetype == "text/html" and message in problem_of(response)
    assert 'id="file-form"' in response.text and "<title>Problem" in response.text


def test_larger_files_are_for_the_command_line(send):
    assert "emoji-api classify --file tweets.txt" in problem_of(send(b"x\n" * 257, status=422))
    assert "emoji-api classify" not in problem_of(send(b"", status=422))


def test_limits_are_those_of_the_settings(database_url):
    settings = {"DATABASE_URL": database_url, "MAX_BATCH_SIZE": 2, "MAX_BODY_BYTES": 2_000, "MAX_TEXT_LENGTH": 20}
    client = create_app(settings).test_client()
    assert "up to 2 tweets and 2.0 kB" in client.get("/file").text
    assert shown_rows(send_file(client, f"{'x' * 21}\n{HAPPY}\n", "x.txt"))[0][-1].startswith("Has 21 characters")
    assert "more than 2 tweets" in problem_of(send_file(client, "a\nb\nc\n", "x.txt", status=422))
    response = send_file(client, "x" * 2_000, "x.txt", status=413)
    assert "more than 2,000 bytes" in problem_of(response) and "emoji-api classify" in problem_of(response)


@pytest.mark.parametrize("data", [{}, {"file": ""}, {"file": (io.BytesIO(b""), "")}])
def test_form_without_a_file_asks_for_one(client, data):
    response = client.post("/file", data={"column": "", **data}, content_type="multipart/form-data", headers=BROWSER)
    assert response.status_code == 422 and "choose one" in problem_of(response)


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"--b\r\nContent-Disposition: form-data; name=file", b"\xff\0"])
def test_damaged_form_asks_for_a_file(client, body):
    response = client.post("/file", data=body, content_type="multipart/form-data; boundary=b")
    assert response.status_code == 422 and "choose one" in problem_of(response)


def test_other_bodies_are_refused(client):
    assert client.post("/file", json={"texts": [HAPPY]}).status_code == 415
    assert client.post("/file", data={"file": HAPPY}).status_code == 415


@pytest.mark.parametrize("format", ["xlsx", "<b>"])
def test_other_formats_of_answers_are_refused(send, format):
    assert "there are csv, jsonl" in send(HAPPY, format=format, status=422).text.lower()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(send, headers, status):
    send(HAPPY, headers=headers, status=status)


@pytest.mark.parametrize("sample", file_answers.SAMPLES)
def test_samples_are_answered_by_a_link(client, sample):
    page = client.get(f"/file?sample={sample}", headers=BROWSER)
    assert page.status_code == 200 and len(shown_rows(page)) >= 5
    for address in re.findall(r'href="(/file\?sample=[^"]+format=[^"]+)" download', page.text):
        download = client.get(address.replace("&amp;", "&"))
        name = f"{sample.split('.')[0]} answers"
        assert download.headers["Content-Disposition"].startswith(f'attachment; filename="{name}')
    file = re.search(rf'href="([^"]+)" download="{sample}"', page.text)[1]
    assert client.get(file).status_code == 200


def test_other_samples_do_not_exist(client):
    for name in ("style.css", "../secret", ""):
        assert client.get("/file", query_string={"sample": name}).status_code == 404


def test_downloads_are_files_with_the_name_of_the_file(send):
    for format, media_type in {"csv": "text/csv", "jsonl": "application/x-ndjson"}.items():
        response = send(HAPPY, "my tweets.txt", format=format)
        assert response.mimetype == media_type
        assert response.headers["Content-Disposition"] == f'attachment; filename="my tweets answers.{format}"'
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert "X-Model-Version" in response.headers


def test_csv_has_a_column_for_each_answer(send):
    (row,) = csv_rows(send(HAPPY, format="csv"))
    assert (row["row"], row["text"], row["emotion"], row["emoji"]) == ("1", HAPPY, "joy", "😂")
    assert (row["sentiment"], row["phrase"], row["language"], row["supported"]) == ("positive", "best", "en", "true")
    assert float(row["emotion_confidence"]) > 0.9 and row["error"] == "" and row["offensive"] == "not-offensive"


def test_formulas_are_neutralised_in_csv_only(send):
    formulas = ["=HYPERLINK(1)", "+1 for this", "@SUM(A1)", "-2"]
    content = "\n".join(formulas)
    assert [row["text"] for row in csv_rows(send(content, format="csv"))] == [f"'{text}" for text in formulas]
    assert [row["text"] for row in lines(send(content, format="jsonl"))] == formulas


@pytest.mark.parametrize(
    "name", [r"\"><img src=x onerror=alert(1)>.txt", "{{ 7777*7777 }}.txt", r"a%0D%0AX-Evil: 1.txt"]
)
def test_texts_and_names_from_outside_are_text(client, name):
    def send(format):
        part = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
        parts = [part.format("format", "", format), part.format("file", f'; filename="{name}"', "\n".join(HOSTILE))]
        body = "".join(f"--b\r\n{part}" for part in parts) + "--b--\r\n"
        return client.post("/file", data=body.encode(), content_type="multipart/form-data; boundary=b")

    page = parse(send("").text)
    assert page.dangerous == [] and page.tags.count("img") == 1, "the icon of the site"
    for text in [*HOSTILE, name.replace("\\", "")]:
        assert text in page.text
    assert "60481729" not in page.text
    download = send("csv")
    assert download.mimetype == "text/csv" and "X-Evil" not in download.headers


def test_columns_and_reasons_from_outside_are_text(send):
    responses = [
        send(f"{HOSTILE[0]},b\n1,2\n", "x.csv", status=422),
        send(json.dumps({HOSTILE[0]: 1, HOSTILE[1]: 2}), "x.jsonl", status=422),
        send("a,b\n1,2\n", "x.csv", column=HOSTILE[1], status=422),
        send("{}\n" + json.dumps({HOSTILE[1]: 1}), "x.jsonl", column=HOSTILE[1]),
    ]
    for response in responses:
        page = parse(response.text)
        assert page.dangerous == [] and page.tags.count("img") == 1 and page.tags.count("script") == 2


def test_tasks_are_those_of_the_model(tmp_path, database_url):
    shutil.copytree(SHIPPED, tmp_path / "few")
    manifest = json.loads((tmp_path / "few" / "bundle.json").read_text())
    for name in ("sentiment", "hate", "offensive", "finance_topic", "finance_stance"):
        del manifest["tasks"][name]
    (tmp_path / "few" / "bundle.json").write_text(json.dumps(manifest))
    client = create_app({"MODEL_PATH": str(tmp_path / "few"), "DATABASE_URL": database_url}).test_client()
    page = send_file(client, HAPPY, "x.txt").text
    assert re.findall(r'scope="col">(.*?)</th>', page.split('<table class="answers"')[1]) == [
        "Row",
        "Tweet",
        "Emotion",
        "People add",
        "Language",
    ]
    assert "<caption>Sentiment" not in page and "<caption>Flag" not in page and "<mark>" not in page
    assert list(lines(send_file(client, HAPPY, "x.txt", format="jsonl"))[0]["answers"]) == ["emotion", "emojis"]


def test_tasks_of_the_user_have_a_column(send, monkeypatch):
    monkeypatch.setattr(file_answers, "TASKS", {})
    assert 'scope="col">finance_stance</th>' in send(HAPPY).text and 'data-title="finance_stance"' in send(HAPPY).text


def test_without_a_model_the_file_is_not_answered(tmp_path, database_url):
    client = create_app({"MODEL_PATH": str(tmp_path), "DATABASE_URL": database_url}).test_client()
    assert client.get("/file").status_code == 200
    response = send_file(client, HAPPY, "x.txt", status=503)
    assert response.headers["Retry-After"] == "30" and str(tmp_path) not in response.text
