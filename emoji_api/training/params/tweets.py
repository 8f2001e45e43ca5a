"""The section `tweets` of the parameters: sampling, pseudo-labels and weights of real tweets."""

from dataclasses import dataclass

from emoji_api.declarations import declare
from emoji_api.tasks import EMOTION


@dataclass(frozen=True, kw_only=True)
class TweetParams:
    """How real tweets are sampled and pseudo-labelled with emotions.

    A tweet trains the task that it is labelled for, and the emotion head by a pseudo-label: the network's own
    prediction, softened by a temperature, multiplied by the evidence of cues (words, hashtags, emoji), restricted to
    the emotions that its label allows, and aligned with the class prior of its label. Weights are relative to 1, the
    weight of a labelled text of the data sets.
    """

    rows: dict[str, int] = declare(
        "data set -> number of rows that are sampled from it in each epoch; without an entry, all rows of the emotion "
        "set and none of the others",
        default={},
        ge=1,
    )
    pseudo_label_weight: float = declare("weight of a pseudo-label of emotion", default=0.4, ge=0, le=1)
    pseudo_label_temperature: float = declare(
        "temperature that softens the network's predictions for pseudo-labels", default=2.0, ge=0.1, le=10
    )
    cue_strength: float = declare(
        "log-odds that one cue adds to its emotion in a pseudo-label (two cues count at most)", default=3.0, ge=0, le=10
    )
    neutral_uniform_share: float = declare(
        "share of the uniform distribution in the pseudo-label of a neutral tweet; half of it if the tweet has a cue",
        default=0.7,
        ge=0,
        le=1,
    )
    out_of_domain_weight: float = declare(
        "weight of tweets outside finance as negatives of the finance tasks: uniform topic, neutral stance",
        default=0.1,
        ge=0,
        le=1,
    )
    feedback_weight: float = declare("weight of accepted feedback", default=1.0, ge=0, le=10)
    annotated_weight: float = declare(
        "weight of an LLM-annotated tweet (`emoji_api/training/data/annotations/train.tsv`); 0: not used",
        default=1.0,
        ge=0,
        le=10,
    )
    class_priors: dict[str, dict[str, dict[str, float]]] = declare(
        "data set -> label -> emotion -> class prior; a label with an empty mapping is neutral, one without an entry "
        "gets no pseudo-labels",
        default={},
        gt=0,
        le=1,
        choices=EMOTION.labels,
    )

    def expects(self, kind: tuple[str, str]) -> bool:
        """Return whether tweets of this `kind` (data set, label) get pseudo-labels of emotion."""
        dataset, label = kind
        return label in self.class_priors.get(dataset, {})
