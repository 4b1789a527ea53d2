"""Who sent a request: signatures in headers and in URLs, made by botocore and, where it cannot make a wrong one, by hand."""

import hashlib
import hmac
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

from cloud import check, refused


@check
def a_wrong_secret_does_not_match_and_an_unknown_key_fails(cloud):
    refused("SignatureDoesNotMatch", cloud.client(secret="guess").describe_vpcs, status=403)
    refused("AuthFailure", cloud.client(key="AKIANOBODY").describe_vpcs, "not able to validate the provided access credentials", status=401)
    refused("SignatureDoesNotMatch", cloud.client(region="mars-north-1").describe_vpcs, "valid region", status=403)


@check
def a_clock_may_be_fifteen_minutes_wrong_and_not_more(cloud):
    assert send(cloud, signed(cloud))[0] == 200, "the control: what is signed by hand is accepted"
    for skew in [timedelta(minutes=-14), timedelta(minutes=14)]:
        assert send(cloud, signed(cloud, skew=skew))[0] == 200, skew
    for skew in [timedelta(minutes=-16), timedelta(minutes=16)]:
        assert send(cloud, signed(cloud, skew=skew)) == (400, "RequestExpired"), skew


@check
def what_was_changed_after_signing_is_noticed(cloud):
    body, headers = signed(cloud)
    assert send(cloud, (body.replace(b"DescribeVpcs", b"CreateVpc&CidrBlock=10.0.0.0/16"), headers)) == (403, "SignatureDoesNotMatch")
    assert send(cloud, (body, {**headers, "X-Amz-Date": "20260101T000000Z"})) == (403, "SignatureDoesNotMatch")
    last = headers["Authorization"][-1]
    forged = headers["Authorization"][:-1] + ("0" if last != "0" else "1")
    assert send(cloud, (body, {**headers, "Authorization": forged})) == (403, "SignatureDoesNotMatch")
    assert send(cloud, (body, {**headers, "Authorization": forged[:-1]})) == (400, "IncompleteSignature")
    assert send(cloud, (body, {name: value for name, value in headers.items() if name != "Authorization"})) == (403, "MissingAuthenticationToken")


@check
def a_presigned_url_works_until_it_is_touched(cloud):
    interface = cloud.interface(cloud.subnet())
    url = cloud.ec2.generate_presigned_url(
        "describe_network_interfaces", Params={"NetworkInterfaceIds": [interface]}, HttpMethod="GET", ExpiresIn=120
    )
    status, text = get(url)
    assert status == 200 and f"<networkInterfaceId>{interface}</networkInterfaceId>" in text, text
    status, text = get(url.replace(interface, "eni-0badcafe"))
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text, text
    status, text = get(re.sub(r"X-Amz-Expires=\d+", "X-Amz-Expires=604800", url))
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text, text
    brief = cloud.ec2.generate_presigned_url("describe_vpcs", HttpMethod="GET", ExpiresIn=2)
    assert get(brief)[0] == 200
    status, text = cloud.until("the URL has expired", lambda: (get(brief) if get(brief)[0] != 200 else None, "200"))
    assert status == 400 and "<Code>RequestExpired</Code>" in text, text


def get(url):
    return answer(urllib.request.Request(url))


def send(cloud, request):
    body, headers = request
    status, text = answer(urllib.request.Request(cloud.endpoint, data=body, headers=headers))
    code = re.search("<Code>(.*?)</Code>", text)
    return status, code and code.group(1)


def answer(request):
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def signed(cloud, skew=timedelta(0), body=b"Action=DescribeVpcs&Version=2016-11-15"):
    """A request, signed by the key of every check by a clock that is this much wrong."""
    moment = (datetime.now(timezone.utc) + skew).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/us-east-1/ec2/aws4_request"
    host, kind, names = urllib.parse.urlsplit(cloud.endpoint).netloc, "application/x-www-form-urlencoded", "content-type;host;x-amz-date"
    canonical = f"POST\n/\n\ncontent-type:{kind}\nhost:{host}\nx-amz-date:{moment}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4test"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    authorization = f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, Signature={signature}"
    return body, {"Content-Type": kind, "X-Amz-Date": moment, "Authorization": authorization}
