"""Pretrained models that the code loads by name, and whose weights alone fill a dyno.

Sizes are those of the files of weights on huggingface.co, of Whisper those its README tells, in MB.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, POSSIBLE, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.values import Values

# By the name after the owner's; what has fewer than 250 MB has room.
_MB = {
    "bart-base": 558,
    "bart-large": 1020,
    "bart-large-cnn": 1630,
    "bart-large-mnli": 1630,
    "bert-base-cased": 436,
    "bert-base-multilingual-cased": 714,
    "bert-base-uncased": 440,
    "bert-large-cased": 1340,
    "bert-large-cased-whole-word-masking-finetuned-squad": 1340,
    "bert-large-uncased": 1340,
    "blip-image-captioning-base": 990,
    "blip-image-captioning-large": 1880,
    "clip-vit-base-patch32": 605,
    "clip-vit-large-patch14": 1710,
    "distilbart-cnn-12-6": 1220,
    "distilbert-base-cased-distilled-squad": 261,
    "distilbert-base-uncased": 268,
    "distilbert-base-uncased-finetuned-sst-2-english": 268,
    "dialogpt-large": 1750,
    "dialogpt-medium": 863,
    "dialogpt-small": 351,
    "flan-t5-base": 990,
    "flan-t5-large": 3130,
    "flan-t5-small": 308,
    "gpt-neo-1.3b": 5310,
    "gpt-neo-125m": 526,
    "gpt-neo-2.7b": 10700,
    "gpt2": 548,
    "gpt2-large": 3250,
    "gpt2-medium": 1520,
    "gpt2-xl": 6430,
    "all-mpnet-base-v2": 438,
    "multi-qa-mpnet-base-dot-v1": 438,
    "paraphrase-multilingual-mpnet-base-v2": 1110,
    "paraphrase-multilingual-minilm-l12-v2": 471,
    "pegasus-xsum": 2280,
    "roberta-base": 499,
    "roberta-large": 1420,
    "roberta-large-mnli": 1430,
    "t5-base": 892,
    "t5-large": 2950,
    "vit-base-patch16-224": 346,
    "xlm-roberta-base": 1120,
    "xlm-roberta-large": 2240,
    "whisper-base": 290,
    "whisper-small": 967,
    "whisper-medium": 3060,
    "whisper-large": 6170,
}
# What transformers.pipeline takes when no model is named.
_OF_TASK = {
    "summarization": "distilbart-cnn-12-6",
    "zero-shot-classification": "bart-large-mnli",
    "text-generation": "gpt2",
    "ner": "bert-large-cased",
    "fill-mask": "distilbert-base-uncased",
    "image-classification": "vit-base-patch16-224",
    "sentiment-analysis": "distilbert-base-uncased-finetuned-sst-2-english",
    "text-classification": "distilbert-base-uncased-finetuned-sst-2-english",
    "question-answering": "distilbert-base-cased-distilled-squad",
}
# keras.io/api/applications, "Size (MB)": with the classifier on top.
_OF_KERAS = {
    "ConvNeXtLarge": 755,
    "ConvNeXtXLarge": 1310,
    "EfficientNetV2L": 479,
    "NASNetLarge": 343,
    "VGG16": 528,
    "VGG19": 549,
}
_TOKENIZERS = ("Tokenizer", "TokenizerFast", "Processor", "Config", "FeatureExtractor", "ImageProcessor")
BESIDE_MB = 200  # what Python with torch and transformers takes before any weights


def find_pretrained(graph: Graph, values: Values, quota_mb: int, *, is_declared: bool) -> Iterator[Evidence]:
    """The largest model of known size, where its weights and its library exceed the dyno.

    `quota_mb` is the dyno's memory; `is_declared` tells whether the project says which dyno it has.
    """
    found = [
        (mb, name, here, call)
        for here, call in graph.calls()
        if (name := _named(here, call, values)) and (mb := _MB.get(name) or _OF_KERAS.get(name, 0))
    ]
    if not found:
        return
    mb, name, here, call = max(found, key=lambda each: each[0])
    if mb + BESIDE_MB <= quota_mb:
        return
    by_default = "" if is_declared else ", unless it is a larger one"
    yield finding(
        Fact.PROJECT_MODEL,
        "over-quota",
        Level.FAIL if is_declared and mb > quota_mb else Level.WARN,
        LIKELY if is_declared or mb > quota_mb else POSSIBLE,
        f"loads {name}, whose weights are {mb:,} MB, on a dyno of {quota_mb:,} MB{by_default}",
        f"{here.path}:{call.line}",
        model=name,
        weights_mb=mb,
        file=here.path,
        line=call.line,
    )


def _takes_all_weights(here: Scan, call: Call, values: Values) -> bool:
    weights, top = call.argument(1, "weights"), call.argument(0, "include_top")
    named = values.of(weights, here, call.place).value if weights is not None else "imagenet"
    return named == "imagenet" and (top is None or values.of(top, here, call.place).value is True)


def _named(here: Scan, call: Call, values: Values) -> str:
    """The model that a call loads, by its key in the tables; empty for none."""
    if call.name.endswith(".from_pretrained"):
        if call.name.removesuffix(".from_pretrained").endswith(_TOKENIZERS):
            return ""
        given = call.argument(0, "pretrained_model_name_or_path")
    elif call.name == "transformers.pipeline":
        given = call.argument(1, "model")
        if given is None:
            task = values.of(call.argument(0, "task"), here, call.place).value
            return _OF_TASK.get(task, "") if isinstance(task, str) else ""
    elif (network := call.name.rpartition(".")[2]) in _OF_KERAS and "applications" in here.module.text:
        return network if _takes_all_weights(here, call, values) else ""
    elif call.name == "sentence_transformers.SentenceTransformer":
        given = call.argument(0, "model_name_or_path")
    elif call.name == "whisper.load_model":
        size = values.of(call.argument(0, "name"), here, call.place).value
        return f"whisper-{size.partition('-')[0].partition('.')[0]}" if isinstance(size, str) else ""
    else:
        return ""
    name = values.of(given, here, call.place).value
    return name.rpartition("/")[2].lower() if isinstance(name, str) else ""
