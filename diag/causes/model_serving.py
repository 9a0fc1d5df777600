"""Causes about asking a loaded model, and about how it is kept and served."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged

_PUSH = "git push heroku main"
# Where a model is asked: by the warm-up, and by the app as its log shows it.
_IN_A_LOG = (Fact.REQUEST_EXCEPTION, Fact.PROCESS_EXCEPTION, Fact.BOOT_IMPORT)
_ASKED = (Fact.MODEL_LOAD, *_IN_A_LOG)

MODEL_SERVING = (
    Cause(
        id="model/input-shape-mismatch",
        level=Level.FAIL,
        codes=(),
        title="The model expects input of the shape {expected}, and gets {found}.",
        when=(
            Seen(
                *_ASKED,
                chain=Pattern(
                    r"is incompatible with the layer: expected shape=(?P<expected>\([\d, None]*\)), "
                    r"found shape=(?P<found>\([\d, None]*\))"
                ),
            ),
            Seen(
                *_IN_A_LOG,
                chain=Pattern(
                    r"is incompatible with the layer: expected axis -?\d+ of input shape to have value "
                    r"(?P<expected>\d+), but received input with shape (?P<found>\([\d, None]*\))"
                ),
            ),
            Seen(
                *_IN_A_LOG,
                chain=Pattern(
                    r"is incompatible with the layer: expected (?P<expected>(?:min_|max_)?ndim=\d+), "
                    r"found (?P<found>ndim=\d+)"
                ),
            ),
            Seen(
                *_IN_A_LOG,
                chain=Pattern(
                    r"X has (?P<found>\d+ features), but \w+ is expecting (?P<expected>\d+ features) as input"
                ),
            ),
            Seen(
                *_IN_A_LOG,
                chain=Pattern(
                    r"InvalidArgumentError: .*Matrix size-incompatible: In\[0\]: (?P<found>\[[\d,]+\]), "
                    r"In\[1\]: (?P<expected>\[[\d,]+\])"
                ),
            ),
        ),
        why="The sample of the warm-up, or what the app makes of a request, has another shape than the model "
        "was trained with. The first size is the batch and may be any.",
        fix=(
            "python -c \"import keras; print(keras.saving.load_model('model.keras').input_shape)\"",
            "Bring the sample to that shape: numpy.reshape, or numpy.expand_dims(sample, 0) for one sample.",
        ),
        docs="https://keras.io/guides/functional_api/",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival(
                "model/architecture-mismatch", "model.summary(): do the model's own layers fit each other?"
            ),
        ),
    ),
    Cause(
        id="model/output-not-finite",
        level=Level.FAIL,
        codes=(),
        title="The model does not answer as it should: NaN, infinity, or not what the canary expects.",
        when=(Seen(Fact.MODEL_LOAD, fault="not-finite"), Seen(Fact.MODEL_CANARY, fault="canary")),
        why="The warm-up asks with plain numbers and must get numbers: weights that went to NaN in training "
        "give none for any input, and a client would get null. A canary's known answer also tells another "
        "model, other weights, or another order of the inputs.",
        fix=(
            (
                "heroku config:get MODEL_CANARY   (is it this model's? it allows {tolerance}; after a new "
                "training set its new answer)"
            ),
            (
                'python -c "import keras, numpy; '
                "print([w.path for w in keras.saving.load_model('model.keras').weights if not "
                'numpy.isfinite(w).all()])"'
            ),
            (
                "Train again from before the loss became NaN: a lower learning rate, clipnorm=1.0, no zeros "
                "under log or in a divisor."
            ),
        ),
        docs="https://keras.io/api/callbacks/terminate_on_nan/",
    ),
    Cause(
        id="model/fork-deadlock",
        level=Level.FAIL,
        codes=("H12", "H13"),
        title="TensorFlow ran in gunicorn's master before the fork, so requests to the model hang.",
        when=(
            *judged("fork", Fact.PROJECT_MODEL),
            Seen(Fact.MODEL_FORK, fault="used-before-fork"),
            Seen(Fact.WORKER_EXIT, fault="hang-after-fork"),
        ),
        why="With --preload the app is imported in the master. A model that is built or asked there starts "
        "TensorFlow's threads, and a fork copies memory and locks but no threads: the first answer in a "
        "worker waits for them for ever, and the router gives up after 30 s.",
        fix=(
            "Take --preload (preload_app) out of the Procfile and gunicorn.conf.py.",
            "Or keep it, import TensorFlow at the top, and build the model in the hook post_worker_init.",
            f'git commit -am "Build the model in the workers" && {_PUSH}',
        ),
        docs="https://docs.gunicorn.org/en/stable/settings.html#preload-app",
        confidence=Confidence.LIKELY,
        over=("request/worker-timeout", "request/too-slow", "request/queueing"),
        rivals=(
            Rival(
                "request/too-slow", "curl -m 60 on the same path: a slow answer comes, a hung one does not"
            ),
        ),
    ),
    Cause(
        id="model/load-slow",
        level=Level.WARN,
        codes=("R10", "H12", "H20"),
        title="The model is slow to be ready: {seconds:.1f} s, and the boot limit is 60 s.",
        when=(Seen(Fact.MODEL_BOOT_TIME, fault="slow"), Seen(Fact.MODEL_LOAD, fault="slow")),
        why="Heroku kills a web process that has not bound $PORT within 60 s (R10). Where the model loads "
        "before that, a slower disk or a busy neighbour decides; where it loads after, requests wait.",
        fix=(
            "Load it in the background, after the port is bound, as this project's own app does.",
            (
                "Need less: model.save(path, include_optimizer=False), a smaller "
                "model, LiteRT or ONNX Runtime in place of TensorFlow."
            ),
            "heroku ps:resize web=standard-2x   (more CPU share)",
        ),
        docs="https://devcenter.heroku.com/articles/error-codes#r10-boot-timeout",
    ),
    Cause(
        id="model/loaded-per-request",
        level=Level.WARN,
        codes=("H12",),
        title="{function} in {file}, line {line}, loads the model anew for each request.",
        when=(*judged("per-request", Fact.PROJECT_MODEL),),
        why="Loading takes seconds and the model's memory once more each time. Requests that come meanwhile "
        "wait, and the router gives up after 30 s.",
        fix=(
            "Load it once, when the module is imported, or at the first request: model = load_model(…)",
            "With functools.cache above a function get_model(), each worker loads it a single time.",
            f'git commit -am "Load the model once" && {_PUSH}',
        ),
        docs="https://devcenter.heroku.com/articles/request-timeout",
        confidence=Confidence.LIKELY,
    ),
    Cause(
        id="model/loaded-in-main-only",
        level=Level.FAIL,
        codes=(),
        title="{function}() is called in the main block of {file} alone, and {server} never runs that.",
        when=judged("main-only", Fact.PROJECT_MODEL),
        why="A web server imports the module, and then __name__ is the module's name. What only "
        "python {file} would do is left out: {name} stays None, and each request that needs it fails.",
        fix=(
            "In {file}: call {function}() at the top level of the module, above the main block",
            "Or load it at the first request: if {name} is None: {function}()",
            f'git commit -am "Load the model where the server comes" && {_PUSH}',
        ),
        docs="https://docs.python.org/3/library/__main__.html",
        confidence=Confidence.LIKELY,
        rivals=(
            Rival("model/source-unset", "the function is called at import, and returns without a model"),
        ),
    ),
    Cause(
        id="model/in-slug",
        level=Level.WARN,
        codes=(),
        title="{path} ({size_mb:.0f} MB) is committed and becomes part of each slug.",
        when=(*judged("in-slug", Fact.PROJECT_MODEL),),
        why="Every build packs it, every dyno start unpacks it, and the compressed slug may have 1 GB. A "
        "new model needs a new release of the app.",
        fix=(
            "aws s3 cp {path} s3://BUCKET/{name}",
            "heroku config:set MODEL_URI=s3://BUCKET/{name}",
            f'git rm --cached {{path}} && git commit -m "Keep the model in object storage" && {_PUSH}',
        ),
        docs="https://devcenter.heroku.com/articles/slug-compiler#slug-size",
    ),
)
