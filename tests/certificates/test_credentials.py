"""Certificates as Verifiable Credentials 2.0: the published vectors, one's own credential, the status list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.test import Client

from certificates import services
from certificates.services import credentials as house
from kupasi import credentials
from tests.builders import a_candidate, a_user, act

from .conftest import signed_in
from .made import LATER, NUMBER, issued

# Published by the W3C: github.com/w3c/vc-di-eddsa, TestVectors/keyPair.json and eddsa-jcs-2022/signedJCS.json.
W3C_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C_PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
W3C_CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
W3C_SIGNED: dict[str, Any] = {
    "@context": W3C_CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    "proof": {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": "https://vc.example/issuers/5678#" + W3C_PUBLIC,
        "proofPurpose": "assertionMethod",
        "@context": W3C_CONTEXT,
        "proofValue": "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4",
    },
}
# combinedHashJCS.txt of the same folder, for the key named by did:key.
W3C_HASH = (
    "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
    "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
)
# The example of the Recommendation "Bitstring Status List v1.0": 131,072 entries, none set.
W3C_EMPTY = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
NAME = "张三丰"


def public_of(multikey: str) -> Ed25519PublicKey:
    raw = credentials.unbase58(multikey[1:])
    assert raw[:2] == credentials.ED25519_PUB
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def own(client: Client, pk: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/certificates/{pk}/credential/").content)
    return found


def test_the_published_proof_holds_and_a_changed_word_breaks_it() -> None:
    public = public_of(W3C_PUBLIC)
    assert credentials.is_proven(W3C_SIGNED, public)
    for name in ("name", "issuer", "validFrom"):
        assert not credentials.is_proven(W3C_SIGNED | {name: "another"}, public)
    proof = W3C_SIGNED["proof"]
    for changed in ({"created": "2024-01-01T00:00:00Z"}, {"proofValue": "z1"}, {"cryptosuite": "x"}, {"@context": []}):
        assert not credentials.is_proven(W3C_SIGNED | {"proof": proof | changed}, public)


def test_the_published_signature_is_made_again() -> None:
    raw = credentials.unbase58(W3C_PRIVATE[1:])
    private = Ed25519PrivateKey.from_private_bytes(raw[2:])
    assert credentials.multikey(private.public_key()) == W3C_PUBLIC
    proof = {name: value for name, value in W3C_SIGNED["proof"].items() if name != "proofValue"}
    document = {name: value for name, value in W3C_SIGNED.items() if name != "proof"}
    signature = private.sign(credentials.hash_of(document, proof))
    assert "z" + credentials.base58(signature) == W3C_SIGNED["proof"]["proofValue"]
    named = proof | {"verificationMethod": f"did:key:{W3C_PUBLIC}#{W3C_PUBLIC}"}
    assert credentials.hash_of(document, named).hex() == W3C_HASH


def test_the_published_status_list_is_read_and_ours_has_its_bits() -> None:
    assert not any(credentials.bit_of(W3C_EMPTY, index) for index in (0, 7, 8, 131_071))
    ours = credentials.encoded_list([0, 9, 131_071])
    found = [credentials.bit_of(ours, index) for index in (0, 1, 8, 9, 131_070, 131_071)]
    assert found == [True, False, False, True, False, True]


@pytest.mark.parametrize("encoded", ["", "H4sI", "u!", "uH4sIAAAAAAAC_wMAAAAAAAAAAAA"])
def test_what_is_no_status_list_is_refused(encoded: str) -> None:
    with pytest.raises((ValueError, OSError, EOFError)):
        credentials.bit_of(encoded, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
def test_a_holder_downloads_a_credential_that_holds(client: Client) -> None:
    certificate = issued(name=NAME)
    assert certificate.candidate.user is not None
    document = own(signed_in(certificate.candidate.user), certificate.pk)
    controller = client.get("/certificates/issuer/").json()
    (method,) = controller["verificationMethod"]
    assert credentials.is_proven(document, public_of(method["publicKeyMultibase"]))
    assert (document["proof"]["verificationMethod"], document["issuer"]["id"]) == (method["id"], controller["id"])
    assert document["credentialSubject"]["certificateNumber"] == NUMBER
    assert certificate.document.number not in json.dumps(document)


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
def test_a_void_shows_in_the_status_list_at_once(client: Client) -> None:
    certificate = issued(name=NAME)
    assert certificate.candidate.user is not None
    status = own(signed_in(certificate.candidate.user), certificate.pk)["credentialStatus"]
    path = status["statusListCredential"].removeprefix(house.issuer().removesuffix("/certificates/issuer/"))
    bits = []
    for step in range(2):
        listed = json.loads(client.get(path).content)
        assert credentials.is_proven(listed, credentials.key().public_key())
        encoded = listed["credentialSubject"]["encodedList"]
        bits.append(credentials.bit_of(encoded, int(status["statusListIndex"])))
        if step == 0:
            services.void(certificate.pk, reason="测试", by=act(when=LATER))
    assert bits == [False, True]
    assert signed_in(certificate.candidate.user).get(f"/certificates/{certificate.pk}/credential/").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("notice")
def test_nobody_downloads_anothers_credential(client: Client) -> None:
    certificate = issued(name=NAME)
    other = a_candidate().user
    assert other is not None
    path = f"/certificates/{certificate.pk}/credential/"
    assert signed_in(other).get(path).status_code == 404
    assert signed_in(a_user("clerk")).get(path).status_code == 404
    assert client.get("/certificates/status/1000/").status_code == 404
