"""Accounts: who somebody is, and what of others they see."""

from cloud import check, refused


@check
def whoever_calls_is_told_who_they_are(cloud):
    identity = cloud.client(service="sts").get_caller_identity()
    assert identity["Account"] == identity["UserId"] == "000000000000", identity
    assert identity["Arn"] == "arn:aws:iam::000000000000:root", identity
    assert identity["ResponseMetadata"]["RequestId"], identity


@check
def sts_refuses_in_its_own_words(cloud):
    refused("InvalidClientTokenId", cloud.client(key="AKIANOBODY", service="sts").get_caller_identity, "token", status=403)
    refused("SignatureDoesNotMatch", cloud.client(secret="guess", service="sts").get_caller_identity, "does not match", status=403)
    refused("InvalidAction", cloud.client(service="sts").get_session_token, "GetSessionToken")
