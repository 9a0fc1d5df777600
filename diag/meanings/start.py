"""From the Procfile to the bound port: what is started, and with which config vars."""

from diag.meanings.meaning import Meaning

START = {
    "procfile/missing": Meaning("PL", "there is no Procfile, so nothing says what serves the web."),
    "procfile/misnamed": Meaning(
        "PL", "a file that means to be the Procfile has another name, or lies in another place."
    ),
    "procfile/line-ignored": Meaning(
        "P", "a line is dropped in silence by Cedar's parser (web:cmd without a blank), or refused by Fir's."
    ),
    "procfile/bad-encoding": Meaning(
        "PL", "the Procfile is not UTF-8, or has line ends of Windows that reach the command."
    ),
    "procfile/no-web-process": Meaning("PL", "the Procfile has process types, and none is web."),
    "procfile/command-not-found": Meaning(
        "PLD", "the command, which is no known web server, does not exist in the dyno."
    ),
    "procfile/wrong-target-module": Meaning(
        "PLD", "the module of the web server's module:attribute is not in the project."
    ),
    "procfile/wrong-target-attribute": Meaning(
        "PLD", "the module lacks the attribute after the colon, or that is no WSGI callable."
    ),
    "procfile/dev-server": Meaning(
        "PC", "a development server serves production (flask run, app.run, runserver)."
    ),
    "procfile/worker-as-web": Meaning(
        "PLD", "a bot, a worker or a script runs as web and never opens a port."
    ),
    "formation/scaled-to-zero": Meaning("L", "the web process type exists, and no dyno runs it."),
    "formation/blank-app": Meaning("L", "nothing has been deployed to the app yet."),
    "formation/maintenance-mode": Meaning("L", "maintenance mode is on; the app itself is not asked."),
    "formation/eco-hours-exhausted": Meaning("L", "the month's pool of Eco dyno hours is used up."),
    "release/command-failed": Meaning(
        "L", "the command of the release phase failed, so the old release goes on running."
    ),
    "port/bound-to-localhost": Meaning("PCLD", "the server listens on 127.0.0.1, inside the dyno only."),
    "port/hardcoded": Meaning("PCLD", "the server listens on another port than the one in $PORT."),
    "port/env-invalid": Meaning(
        "PCLD", "PORT is unset or no number, or the server gets the five characters $PORT."
    ),
    "port/already-in-use": Meaning(
        "LD", "two servers in one dyno want the same port, as with app.run() at import under gunicorn."
    ),
    "port/fixed-by-config-var": Meaning("C", "PORT is set as a config var, over the one Heroku chooses."),
    "boot/syntax-error": Meaning("PLD", "the deployed Python can't compile the code."),
    "boot/import-error": Meaning("LD", "the import of the app raises what no more exact cause explains."),
    "boot/missing-file": Meaning(
        "PLD", "the app opens a file that is not in the slug: not committed, ignored, or in other case."
    ),
    "boot/module-shadowed": Meaning(
        "PLD", "a file of the project has the name of a module it hides, such as random.py or flask.py."
    ),
    "boot/program-missing": Meaning(
        "PLD", "the app starts a program that the dyno does not have, such as chromedriver or ffmpeg."
    ),
    "boot/remote-call-failed": Meaning(
        "LD", "the import asks another service, which refuses or is not there, and the boot ends with it."
    ),
    "boot/too-slow": Meaning(
        "PCLD", "work before the port is bound, such as loading a model, takes longer than the boot limit."
    ),
    "boot/worker-timeout-loop": Meaning(
        "LD", "gunicorn up to 21 kills each worker while it still loads, again and again."
    ),
    "boot/process-exited": Meaning("PLD", "the web process comes to its end by itself, with status 0."),
    "config/missing-var": Meaning("PCLD", "a config var that the app needs is not set."),
    "config/invalid-value": Meaning("CLD", "a config var is set to what its reader refuses."),
    "config/too-large": Meaning("PC", "all config vars together have more than 32 KB."),
    "config/database-url-scheme": Meaning(
        "PCLD", "DATABASE_URL begins with postgres://, which SQLAlchemy refuses since 1.4."
    ),
    "config/allowed-hosts": Meaning("PL", "Django refuses the host name, which ALLOWED_HOSTS lacks."),
    "config/django-settings": Meaning("LD", "Django says ImproperlyConfigured while it starts."),
    "config/debug-on": Meaning("PC", "debug mode is on in production."),
    "config/secret-committed": Meaning("P", "a secret or a .env file is in the source."),
}
