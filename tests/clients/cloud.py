"""What every check needs: a client as users have it, things to try it on, and a way to expect a refusal."""

import contextlib
import json
import os
import re
import subprocess
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from botocore.session import get_session

CHECKS = []

# Waiters of SDKs ask every 15 or 20 seconds. That is patience, not behaviour.
SOON = {"Delay": 1, "MaxAttempts": 60}


def check(function):
    CHECKS.append(function)
    return function


@dataclass
class Cloud:
    endpoint: str
    metadata: str
    nats: str
    program: str
    state: str
    # What `multihome up` said on its standard output.
    said: str

    @classmethod
    def from_environment(cls):
        names = ["ENDPOINT", "METADATA", "NATS", "PROGRAM", "STATE", "SAID"]
        missing = [f"MULTIHOME_TEST_{name}" for name in names if f"MULTIHOME_TEST_{name}" not in os.environ]
        if missing:
            raise SystemExit(f"{', '.join(missing)}: not set; scripts/test-clients sets them")
        return cls(*(os.environ[f"MULTIHOME_TEST_{name}"] for name in names))

    def client(self, key="test", secret="test", region="us-east-1", service="ec2"):
        # One attempt, so that a check sees what the server said and not what the SDK made of it.
        config = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
        session = boto3.session.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=region)
        return session.client(service, endpoint_url=self.endpoint, config=config)

    @property
    def ec2(self):
        if not hasattr(self, "_ec2"):
            self._ec2 = self.client()
        return self._ec2

    def refusal(self, action, **parameters):
        """The code of the answer to a request that no SDK would send, and its words; neither if it was done."""
        body = urllib.parse.urlencode({"Action": action, "Version": "2016-11-15", **parameters})
        request = AWSRequest("POST", self.endpoint, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(Credentials("test", "test"), "ec2", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        refused = re.search(r"<Code>(.*?)</Code><Message>(.*?)</Message>", answer.text)
        return refused.groups() if refused else (None, None)

    def patience(self):
        """A folder for AWS_DATA_PATH with the waiters of programs that cannot be told when to ask again: as SOON."""
        folder = Path(self.state).with_name("patience")
        waiters = folder / "ec2" / "2016-11-15" / "waiters-2.json"
        if not waiters.exists():
            model = get_session().get_component("data_loader").load_service_model("ec2", "waiters-2")
            for waiter in model["waiters"].values():
                waiter.update(delay=SOON["Delay"], maxAttempts=4 * SOON["MaxAttempts"])
            waiters.parent.mkdir(parents=True)
            waiters.write_text(json.dumps(model))
        return str(folder)

    def vpc(self):
        return self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def subnet(self, cidr="10.0.1.0/24", zone="us-east-1a", vpc=None):
        subnet = self.ec2.create_subnet(VpcId=vpc or self.vpc(), CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]
        assert subnet["State"] == "available", subnet
        return subnet["SubnetId"]

    def interface(self, subnet, **more):
        return self.ec2.create_network_interface(SubnetId=subnet, **more)["NetworkInterface"]["NetworkInterfaceId"]

    def launch(self, subnet, kind="m1.xlarge", count=1):
        run = self.ec2.run_instances(ImageId="ami-00000001", InstanceType=kind, MinCount=count, MaxCount=count, SubnetId=subnet)
        return run["Instances"][0]["InstanceId"]

    def running(self, subnet, kind="m1.xlarge"):
        instance = self.launch(subnet, kind)
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=SOON)
        return instance

    def described(self, interface):
        [found] = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
        return found

    def instance(self, instance):
        [reservation] = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        [found] = reservation["Instances"]
        return found

    def attach(self, interface, instance, index=1):
        reply = self.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=index)
        return reply["AttachmentId"]

    def until(self, what, look, seconds=20):
        """Looks until there is something; says what was seen last when there was not."""
        deadline = time.monotonic() + seconds
        while True:
            found, seen = look()
            if found:
                return found
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s; last seen: {seen}"
            time.sleep(0.02)

    @contextlib.contextmanager
    def stalled(self, cluster, *operations):
        """Nothing of this kind (launch, attach, detach, stop) comes to an end on the cluster while this lasts."""
        self.simulate(cluster, *(word for operation in operations for word in (f"--{operation}-delay", "never")))
        try:
            yield
        finally:
            self.simulate(cluster, "--reset")

    def simulate(self, cluster, *words):
        subprocess.run([self.program, "simulate", cluster, *words, "--nats", self.nats], check=True, capture_output=True, timeout=20)

    def until_attached(self, interface):
        def look():
            found = self.described(interface)
            status = found.get("Attachment", {}).get("Status")
            return (found if status == "attached" else None), status

        return self.until(f"{interface} is attached", look)

    def until_available(self, interface):
        def look():
            found = self.described(interface)
            return (found if found["Status"] == "available" else None), found["Status"]

        return self.until(f"{interface} is available", look)

    def until_state(self, instance, state):
        def look():
            found = self.instance(instance)
            return (found if found["State"]["Name"] == state else None), found["State"]["Name"]

        return self.until(f"{instance} is {state}", look)


def refused(code, call, *words, status=None, **parameters):
    """Makes a call that must be refused with this code, with these words in its message; returns the message."""
    try:
        reply = call(**parameters)
    except ClientError as why:
        error, answer = why.response["Error"], why.response["ResponseMetadata"]
        assert error["Code"] == code, f"expected {code}, got {error}"
        for word in words:
            assert word in error["Message"], f"no {word!r} in {error}"
        expected = status or 400
        assert answer["HTTPStatusCode"] == expected, f"{code} with status {answer['HTTPStatusCode']} instead of {expected}"
        assert answer["RequestId"], "an answer without a request id"
        return error["Message"]
    raise AssertionError(f"expected {code}, got {reply}")
