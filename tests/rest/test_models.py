"""The model card."""

import json


def test_card_is_what_the_bundle_says_of_itself(client, tiny_bundle):
    manifest = json.loads((tiny_bundle / "bundle.json").read_text(encoding="utf-8"))
    card = client.get("/models").get_json()
    assert card.pop("engine") == "onnx"
    assert card == manifest


def test_card_has_the_labels_in_the_networks_order(client):
    labels = client.get("/models").get_json()["tasks"]["emotion"]["labels"]
    assert labels == ["sadness", "joy", "love", "anger", "fear", "surprise"]
