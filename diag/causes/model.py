"""Causes about loading a model whose file is there."""

import re

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.causes.judged import judged
from diag.causes.model_serving import MODEL_SERVING
from diag.causes.raised import ANYWHERE

_KERAS = "https://keras.io/guides/serialization_and_saving/"
_SCIKIT = "https://scikit-learn.org/stable/model_persistence.html"
_PUSH = "git push heroku main"

# What Keras brings in some versions and not in others (2.3, 2.8, 2.15, 3.3 and 3.15 compared), and the
# names only its saved files use: an unknown one is no object of the user's.
_OF_KERAS = re.sub(
    r"\s+",
    "|",
    r"""AbstractRNNCell Adaptive\w+Pooling[123]D AugMix AutoContrast Binary\w+ CTC Categorical\w+
    CategoryCrossing Circle ClassMethod ConcordanceCorrelation
    ContrastLimitedAdaptiveHistogramEqualization ConvLSTM[123]D CuDNN(?:LSTM|GRU) CutMix DTypePolicy
    Dense DenseFeatures DepthwiseConv[12]D Dice EinsumDense Equalization F1Score FBetaScore FlaxLayer
    Functional GRU GroupNormalization GroupQueryAttention HashedCrossing IdentityInitializer InputLayer
    InstanceMethod InstanceProperty IoU JaxLayer LSTM LocallyConnected[12]D MaxNumBoundingBoxes
    MeanMetricWrapper MeanRelativeError MeanTensor MelSpectrogram MixUp Model MultiHeadAttention
    OneHot\w+ Orthogonal\w* PearsonCorrelation Pipeline Policy PreprocessingLayer R2Score
    RMSNormalization RadialConstraint RandAugment Random\w+ ReversibleEmbedding STFT\w* Sequential
    SlicingOpLambda Solarization SpectralNormalization TFOpLambda TFSMLayer TensorFlowOpLayer
    TorchModuleWrapper Tversky UnitNormalization binary_\w+ categorical_\w+ celu circle
    concordance_correlation cosine_\w+ ctc dice function gelu glu hard_\w+ kl_divergence kld leaky_relu
    log_\w+ logcosh mae mape mean_absolute_\w+ mean_squared_\w+ mish mse msle MAE MAPE MSE MSLE
    orthogonal_regularizer pearson_correlation radial_constraint relu6 silu soft_shrink sparse_\w+
    sparsemax squareplus stft swish tanh_shrink threshold tversky""",
)
_NAME = rf"(?P<layer>(?P<name>(?!(?:{_OF_KERAS})\b)[A-Za-z_][\w>.]*))"
_NOT_KERAS = r"(?!keras\b|tensorflow\b|tf_keras\b|builtins\b)"
# Around what a layer, read from a file, raised. The same words come from code that builds a layer itself.
_FROM_FILE = Pattern(r"Error when deserializing class '|could not be deserialized properly")

MODEL = (
    Cause(
        id="model/keras-version-mismatch",
        level=Level.FAIL,
        codes=("H10",),
        title="The model was saved by another version of Keras than the one that loads it.",
        when=(
            *judged("keras-version", Fact.PROJECT_MODEL),
            Seen(Fact.MODEL_LOAD, fault="keras-version"),  # told by the layout of its weights
            # Keras 3 to Keras 2
            Seen(*ANYWHERE, chain=Pattern(r"Error when deserializing class 'InputLayer'.*\['batch_shape'")),
            Seen(*ANYWHERE, chain=Pattern(r"Unrecognized keyword arguments: \['batch_shape'")),
            # either way: classes moved with their modules
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"because its parent module (?:keras|tf_keras|tensorflow\.python\.keras)\.[\w.]+ "
                    r"cannot be imported"
                ),
            ),
            # Keras 2 to Keras 3, and later to earlier ones of Keras 3: arguments that only files hold
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"Unrecognized keyword arguments passed to (?:(?:LSTM|GRU|SimpleRNN|RNN|Bidirectional): "
                    r"\{.*'time_major': False|(?:Depthwise|Separable)Conv\w+: \{'groups': 1\b"
                    r"|Embedding: \{.*'batch_input_shape': \[|Lambda: \{'function_type': '"
                    r"|\w+: \{.*'quantization_config': None)"
                ),
            ),
            Seen(
                *ANYWHERE,
                message=_FROM_FILE,
                chain=Pattern(r"__init__\(\) got an unexpected keyword argument '(?:in|out)put_axes'"),
            ),
            Seen(
                *ANYWHERE,
                chain=Pattern(r"Could not interpret initializer identifier: \{.*'class_name': 'Orthogonal'"),
            ),
            Seen(*ANYWHERE, chain=Pattern(r"Unknown layer: '(?:TFOpLambda|SlicingOpLambda)'\. Please")),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"Could not locate class '(?:Sequential|Functional|Model|LSTM|GRU|Dense)'.*"
                    r"Full object config: \{'class_name'"
                ),
            ),
        ),
        why="Keras 3 (TensorFlow 2.16 and later) and Keras 2 write different configurations into a model's "
        "file, and each rejects names and arguments it does not know. Later versions of Keras 3 add more.",
        fix=(
            "Where the model was trained: pip show keras tensorflow   (here: {package} {package_version})",
            (
                "Pin that version in requirements.txt, then: "
                f'git commit -am "Load with the Keras that saved the model" && {_PUSH}'
            ),
            (
                "Or carry the weights over: model.save_weights('model.weights.h5') with Keras 2.15 or later, "
                "then build the model and load_weights('model.weights.h5') with the one that serves."
            ),
            (
                "For a model of Keras 2 under TensorFlow 2.16 or later: tf_keras of the same version in "
                "requirements.txt, and heroku config:set TF_USE_LEGACY_KERAS=1"
            ),
        ),
        docs="https://keras.io/guides/migrating_to_keras_3/",
    ),
    Cause(
        id="model/custom-object-missing",
        level=Level.FAIL,
        codes=("H10",),
        title="The model names {name}, which the code does not have where the file expects it.",
        when=(
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"Unknown (?:layer|loss function|metric function|activation function|regularizer"
                    rf"|initializer|constraint): '?{_NAME}'?\. Please ensure"
                ),
            ),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    rf"Could not locate (?:class|function) '{_NAME}'\. Make sure custom "
                    r"(?!.*Full object config: \{'(?:class_name'|module': '(?:keras|tf_keras)\b))"
                ),
            ),
            Seen(
                *ANYWHERE,
                chain=Pattern(rf"Cannot deserialize object of type `{_NAME}`\. If `.*is a custom class"),
            ),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    rf"Could not deserialize class '{_NAME}' because its parent module "
                    rf"(?P<module>{_NOT_KERAS}[\w.]+) cannot be imported"
                ),
            ),
            Seen(
                *ANYWHERE,
                message=_FROM_FILE,
                chain=Pattern(
                    r"Could not interpret (?:activation function|initializer|regularizer|constraint) "
                    rf"identifier: {_NAME}$"
                ),
            ),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"(?:Could not interpret activation function identifier: |Unknown activation function ')"
                    rf"\{{'module': 'builtins', 'class_name': 'function', 'config': '{_NAME}'"
                ),
            ),
            Seen(*ANYWHERE, fault="pickled-class"),
        ),
        why="The file holds the name of a layer, loss, function or class of your own, and not its code. "
        "Keras needs the code, and to be told the name, before it loads the file; a pickle needs the class "
        "in the very module it was pickled from.",
        fix=(
            (
                "Move the class {pickled} out of the script into a module, import it from there, and pickle "
                "the model again: under a web server __main__ is another module."
            ),
            (
                "Import the code that defines {layer} before load_model, decorated with "
                '@keras.saving.register_keras_serializable(package="app")'
            ),
            'Or name it: load_model(path, custom_objects={{"{layer}": {layer}}})',
            "If {layer} is only a loss or a metric, predicting needs none: load_model(path, compile=False)",
            f'git commit -am "Register {{layer}}" && {_PUSH}',
        ),
        docs="https://keras.io/guides/serialization_and_saving/#custom-objects",
    ),
    Cause(
        id="model/unsafe-deserialization",
        level=Level.FAIL,
        codes=(),
        title="The model file carries Python code (a Lambda layer), and Keras refuses to run it.",
        when=(
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"Requested the deserialization of a `?(?:Lambda|torch\.nn\.Module|__lambda__)"
                    r"|of this `Lambda` layer is a Python lambda\. Deserializing it is unsafe"
                ),
            ),
        ),
        why="A Lambda layer with a Python lambda is saved as bytecode. Whoever can change the file could run "
        "code on the dyno, so Keras loads it in safe mode only if it has none.",
        fix=(
            (
                "Replace the Lambda layer by one of Keras (Rescaling, Reshape …) or a registered class, and "
                "save the model again."
            ),
            "If you made the file yourself: load_model(path, safe_mode=False)",
        ),
        docs="https://keras.io/api/models/model_saving_apis/model_saving_and_loading/",
    ),
    Cause(
        id="model/architecture-mismatch",
        level=Level.FAIL,
        codes=(),
        title="The saved weights don't fit the model's architecture.",
        when=(
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"Layer count mismatch when loading weights from file\. Model expected \d+ layers, "
                    r"found [1-9]\d* saved layers"
                    r"|Weight count mismatch for (?:top-level weights|layer #\d+)"
                    r"|Shape mismatch in layer #\d+"
                    r"|objects could not be loaded\..*target variable and the shape of the target value"
                    r"|Cannot assign value to variable '.*Shape mismatch\. ?The variable shape"
                    r"|Layer '[^']+' expected \d+ variables, but received [1-9]\d* variables during loading"
                ),
            ),
            Seen(Fact.MODEL_LOAD, fault="weights-misfit"),
            Seen(
                *ANYWHERE,
                chain=Pattern(r"The shape of the target variable and the shape of the target value in "),
            ),
        ),
        why="Weights are put into layers one by one. Another number of layers or units than when they were "
        "saved leaves weights that have no place.",
        fix=(
            "Take architecture and weights from the same training, and upload both.",
            "model.summary()   (where the weights were saved and in the app: the same shapes?)",
            "Better: one file with both, model.save('model.keras'), and load_model('model.keras')",
        ),
        docs=_KERAS,
    ),
    Cause(
        id="model/loaded-from-bytesio",
        level=Level.FAIL,
        codes=("H10",),
        title="load_model is given a BytesIO, and Keras takes a path.",
        when=(
            *judged("bytes-io", Fact.PROJECT_MODEL),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"stat: path should be string, bytes, os\.PathLike or integer, not BytesIO"
                    r"|(?:not an hdf5 file|File format not supported)\b.*filepath=<_io\.BytesIO object"
                ),
            ),
        ),
        why="Keras opens the file itself, by its path, and the end of the name tells it the format. An "
        "object in memory has neither.",
        fix=(
            (
                "Write it to a file first: with tempfile.NamedTemporaryFile(suffix='.keras') as file: "
                "file.write(data); file.flush(); model = load_model(file.name)"
            ),
            "From S3: s3.download_file(bucket, key, '/tmp/model.keras'); load_model('/tmp/model.keras')",
            f'git commit -am "Load the model from a file" && {_PUSH}',
        ),
        docs=_KERAS,
        confidence=Confidence.LIKELY,
    ),
    Cause(
        id="model/pickle-version-mismatch",
        level=Level.FAIL,
        codes=("H10",),
        title="The pickled model was written by another version of its library than the one installed.",
        when=(
            *judged("pickle-version", Fact.PROJECT_MODEL),
            Seen(
                *ANYWHERE,
                chain=Pattern(
                    r"node array from the pickle has an incompatible dtype"
                    r"|<class 'numpy\.random\.\w+\.\w+'> is not a known BitGenerator module"
                    r"|unsupported pickle protocol: \d"
                    r"|__(?:randomstate|generator|bit_generator)_ctor\(\) takes "
                ),
            ),
            Seen(*ANYWHERE, fault=("unpickled-module", "pickled-library")),
            Seen(*ANYWHERE, fault="pickled-attribute", confidence=Confidence.LIKELY),
        ),
        why="A pickle holds the inside of objects, which changes from version to version. It loads with the "
        "version that wrote it, and only by luck with another.",
        fix=(
            "pip show scikit-learn numpy joblib   (where it was trained, and: heroku run pip show …)",
            (
                "Pin the versions that wrote it in requirements.txt, then: "
                f'git commit -am "Pin what the model was trained with" && {_PUSH}'
            ),
            "Or train and pickle again with the versions that serve.",
        ),
        docs=_SCIKIT,
        rivals=(Rival("request/unhandled-exception", "the app itself builds the object it asks"),),
        over=("dependency/module-not-found",),
    ),
    Cause(
        id="model/h5py-mismatch",
        level=Level.FAIL,
        codes=("H10",),
        title="h5py 3 does not fit this TensorFlow, which is older than 2.4.",
        when=(
            Seen(
                *ANYWHERE,
                package=Pattern(r"^(?:tensorflow|tensorflow-cpu|[Kk]eras)$"),
                package_version=Pattern(r"^(?:1\.|2\.[0-3]\.)"),
                chain=Pattern(r"'str' object has no attribute 'decode'"),
            ),
            Seen(*ANYWHERE, fault="h5py"),
            *judged("h5py", Fact.PROJECT_MODEL),
        ),
        why="Since h5py 3 an HDF5 file's attributes are str, and TensorFlow before 2.4 takes them for bytes.",
        fix=(
            (
                "h5py<3 in requirements.txt, then: "
                f'git commit -am "Take an h5py that fits this TensorFlow" && {_PUSH}'
            ),
            "Better: TensorFlow 2.4 or later, which needs no such pin.",
        ),
        docs="https://docs.h5py.org/en/stable/whatsnew/3.0.html",
    ),
    *MODEL_SERVING,
)
