"""What the app works with: S3, the dyno's disk, the model."""

from diag.meanings.meaning import Meaning

DATA = {
    "storage/credentials-missing": Meaning("CLD", "there are no AWS credentials at all."),
    "storage/credentials-malformed": Meaning(
        "C", "the AWS credentials have blanks or quotes, or id and secret are swapped."
    ),
    "storage/credentials-invalid": Meaning("CLD", "S3 does not know the access key (InvalidAccessKeyId)."),
    "storage/secret-wrong": Meaning("CLD", "the secret is not the key's own (SignatureDoesNotMatch)."),
    "storage/credentials-expired": Meaning(
        "CLD", "the credentials were temporary and are over (ExpiredToken)."
    ),
    "storage/access-denied": Meaning("CLD", "S3 knows who asks, and does not let it read the key."),
    "storage/bucket-missing": Meaning("CLD", "the bucket does not exist (NoSuchBucket)."),
    "storage/object-missing": Meaning("CLD", "the bucket exists, and the key in it does not."),
    "storage/wrong-region": Meaning("CLD", "the bucket is in another region than the one that is asked."),
    "storage/clock-skew": Meaning(
        "CLD", "the clocks differ too much for a signature (RequestTimeTooSkewed)."
    ),
    "storage/unreachable": Meaning("CLD", "S3 can't be reached: no address, no connection, or no answer."),
    "storage/ephemeral-filesystem": Meaning(
        "PL", "what must last (SQLite, uploads) is written to the dyno's disk, which each restart empties."
    ),
    "storage/disk-full": Meaning("CLD", "the dyno's disk has no space left."),
    "model/source-unset": Meaning("CD", "no config var says where the model comes from."),
    "model/download-failed": Meaning("CLD", "the model's URL answers with an error, or not at all."),
    "model/corrupt": Meaning("CLD", "the model's file is cut off, has another checksum, or is no model."),
    "model/lfs-pointer": Meaning(
        "PCLD", "the model's file is a pointer of Git LFS, which Heroku does not replace by the content."
    ),
    "model/loaded-from-bytesio": Meaning("PLD", "load_model is given a BytesIO, and Keras takes a path."),
    "model/base64-invalid": Meaning("CD", "MODEL_BASE64 can't be decoded."),
    "model/architecture-mismatch": Meaning("CLD", "the weights do not fit the architecture."),
    "model/version-unmapped": Meaning(
        "CD", "no model belongs to this version of the app, and there is none to fall back to."
    ),
    "model/keras-version-mismatch": Meaning(
        "PCLD", "the model was saved by Keras 3 and is loaded by Keras 2, or the reverse."
    ),
    "model/h5py-mismatch": Meaning("PLD", "h5py 3 or later meets a TensorFlow before 2.4."),
    "model/pickle-version-mismatch": Meaning(
        "PCLD", "a pickle or joblib file was written by another version of its library."
    ),
    "model/custom-object-missing": Meaning(
        "CLD", "the model names a layer, loss or function that the code does not register."
    ),
    "model/unsafe-deserialization": Meaning("CLD", "the model's file carries code, which safe mode refuses."),
    "model/input-shape-mismatch": Meaning("CL", "a sample does not have the shape that the model takes."),
    "model/output-not-finite": Meaning(
        "C", "the model answers with NaN or infinity, or a known input not with its known answer."
    ),
    "model/load-slow": Meaning("CD", "loading the model takes more of the boot limit than is safe."),
    "model/fork-deadlock": Meaning(
        "PLD", "TensorFlow ran in gunicorn's master before the fork, and the workers hang."
    ),
    "model/loaded-per-request": Meaning("P", "the handler loads the model again for each request."),
    "model/loaded-in-main-only": Meaning(
        "P", 'the model is loaded below if __name__ == "__main__", which no web server runs.'
    ),
    "model/in-slug": Meaning("P", "a large model is committed, and not kept in object storage."),
}
