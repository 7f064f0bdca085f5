"""drive.py CHORALE SECONDS: starts CHORALE with the demo's data, signs in, and has schemathesis drive it.

Exits with schemathesis' own code, 0 if nothing failed. Whatever it started is stopped by its process id.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import base58

HERE = pathlib.Path(__file__).resolve().parent
# How long the embedded chain and the demo may take.
START_SECONDS = 180
# What ends the session that everything else needs: it is driven by itself, with a session of its own.
SIGN_OUT = "sign_out"


def post(url, body):
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def sign_in(url):
    """A session's token, for a new wallet with something to spend."""
    key = Ed25519PrivateKey.generate()
    wallet = base58.encode(key.public_key().public_bytes_raw())
    post(f"{url}/v1/faucet", {"wallet": wallet})
    message = post(f"{url}/v1/auth/nonce", {"wallet": wallet})["message"]
    signature = base58.encode(key.sign(message.encode()))
    return post(f"{url}/v1/auth/session", {"wallet": wallet, "message": message, "signature": signature})["token"]


def start(chorale, folder):
    """Starts it and waits until the demo is over; returns the process and the backend's URL."""
    command = [chorale, "dev", "--demo", "--messages", "20", "--listen", "127.0.0.1:0", "--data", folder]
    log = open(pathlib.Path(folder) / "chorale.log", "w")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    signal.alarm(START_SECONDS)
    url = None
    for line in process.stdout:
        found = re.match(r"\s*backend\s+(http://\S+)", line)
        url = found.group(1) if found else url
        if line.startswith("Everything is up"):
            signal.alarm(0)
            return process, url
    sys.exit(f"chorale ended before it was up, see {log.name}:\n{pathlib.Path(log.name).read_text()[-2000:]}")


def drive(url, token, arguments):
    environment = {**os.environ, "CHORALE_URL": url, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    # The environment's own schemathesis: the folder need not be on the PATH.
    schemathesis = pathlib.Path(sys.executable).with_name("schemathesis")
    command = [
        schemathesis, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--checks", "all", "--continue-on-failure", "--suppress-health-check", "all", *arguments,
    ]  # fmt: skip
    return subprocess.run(command, env=environment).returncode


def main(chorale, seconds):
    with tempfile.TemporaryDirectory(prefix="chorale-api-") as folder:
        os.chdir(folder)
        process, url = start(chorale, folder)
        try:
            rest = drive(url, sign_in(url), ["--exclude-operation-id", SIGN_OUT, "--max-time", seconds])
            last = drive(url, sign_in(url), ["--include-operation-id", SIGN_OUT, "--max-time", "5"])
            still_there = process.poll() is None
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    if not still_there:
        sys.exit("chorale ended while it was driven")
    return rest or last


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
