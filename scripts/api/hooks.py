"""What schemathesis cannot know of our formats: that they decode to so many bytes, and which ids there are.

Half of the values are real ones, read from the backend that is driven, so that routes are met with what exists.
"""

import hashlib
import json
import os
import re
import urllib.request

import schemathesis
from hypothesis import strategies as st

import base58

URL = os.environ["CHORALE_URL"]


def read(path):
    with urllib.request.urlopen(URL + path, timeout=30) as answer:
        return json.load(answer)


ENTITIES = read("/v1/entities?limit=200")["entities"]
EVENTS = read("/v1/events?limit=200")["events"]


def fields(name):
    return sorted({entity["entity"][name] for entity in ENTITIES if isinstance(entity["entity"].get(name), str)})


def either(real, made):
    """One that there is, or one that there is not."""
    return st.one_of(st.sampled_from(real), made) if real else made


def encoded(length):
    return st.binary(min_size=length, max_size=length).map(base58.encode)


hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
threads = either(fields("thread"), encoded(32))

FORMATS = {
    "wallet": either(fields("wallet"), encoded(32)),
    "thread-id": threads,
    "signature": either(sorted({event["event"]["signature"] for event in EVENTS}), encoded(64)),
    "hash": either(fields("hash"), hashes),
    "salt": st.binary(min_size=16, max_size=16).map(bytes.hex),
    "amount": st.integers(min_value=0, max_value=2**64 - 1).map(str),
    "entity-key": either(
        sorted(entity["key"] for entity in ENTITIES),
        st.builds("member/{}/{}".format, threads, st.integers(min_value=0, max_value=2**32 - 1)),
    ),
}

for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)


@schemathesis.hook
def map_body(context, body):
    """Gives half of the uploads the hash that they should have, so that some are taken."""
    if context.operation.path != "/v1/contents" or not isinstance(body, dict):
        return body
    salt, text = body.get("salt"), body.get("body")
    is_salt = isinstance(salt, str) and re.fullmatch("[0-9a-fA-F]{32}", salt)
    if is_salt and isinstance(text, str) and len(text) % 2:
        preimage = b"chorale:content:v1" + bytes.fromhex(salt) + text.encode("utf-8", "surrogatepass")
        body = {**body, "hash": hashlib.sha256(preimage).hexdigest()}
    return body
