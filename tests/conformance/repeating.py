"""Requests that are sent twice, and requests that are only asked about."""

from concurrent.futures import ThreadPoolExecutor

from behaviour import IDEMPOTENCY, api, behaviour
from botocore.exceptions import ClientError
from cloud import refused

CREATE = api("CreateNetworkInterface")
WORDS = "Request would have succeeded, but DryRun flag is set"


@behaviour(IDEMPOTENCY, CREATE)
def a_client_token_makes_one_interface(cloud):
    """The same request with the same ClientToken is answered with the interface that it made the first time."""
    subnet = cloud.subnet()
    asked = {"Description": "once", "ClientToken": f"token-{subnet.id}"}
    assert cloud.interface_id(subnet, **asked) == cloud.interface_id(subnet, **asked)
    assert len(cloud.found(subnet)) == 1


@behaviour(CREATE)
def the_client_token_is_repeated(cloud):
    """The reply has the ClientToken of the request."""
    subnet = cloud.subnet()
    reply = cloud.ec2.create_network_interface(SubnetId=subnet.id, ClientToken=f"echo-{subnet.id}")
    assert reply.get("ClientToken") == f"echo-{subnet.id}", reply


@behaviour(IDEMPOTENCY)
def a_client_token_with_another_request_is_refused(cloud):
    """The same ClientToken with other parameters is IdempotentParameterMismatch, and makes nothing."""
    subnet = cloud.subnet()
    asked = {"SubnetId": subnet.id, "Description": "first", "ClientToken": f"mismatch-{subnet.id}"}
    cloud.interface(subnet, **{name: asked[name] for name in ("Description", "ClientToken")})
    refused("IdempotentParameterMismatch", cloud.ec2.create_network_interface, **{**asked, "Description": "second"})
    assert len(cloud.found(subnet)) == 1


@behaviour(IDEMPOTENCY)
def other_client_tokens_make_other_interfaces(cloud):
    """Requests that differ in the ClientToken alone are two requests; tokens are case-sensitive."""
    subnet = cloud.subnet()
    made = {cloud.interface_id(subnet, ClientToken=f"{word}-{subnet.id}") for word in ("one", "two", "TWO")}
    assert len(made) == 3 == len(cloud.found(subnet)), made


@behaviour(IDEMPOTENCY)
def racing_requests_with_a_client_token_make_one_interface(cloud):
    """Eight requests at once with one ClientToken make one interface, and whoever is answered is told of that one."""
    subnet = cloud.subnet()

    def create(_):
        try:
            return cloud.interface_id(subnet, ClientToken=f"race-{subnet.id}")
        except ClientError as why:
            return why

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(create, range(8)))
    made = {answer for answer in answers if isinstance(answer, str)}
    assert len(made) == 1 and cloud.found(subnet) == sorted(made), answers


@behaviour(IDEMPOTENCY)
def a_refused_request_does_not_use_up_its_client_token(cloud):
    """A request that was refused can be sent again with its ClientToken, and succeeds when nothing is in its way any more."""
    subnet = cloud.subnet()
    taken = cloud.interface(subnet)
    asked = {"PrivateIpAddress": taken["PrivateIpAddress"], "ClientToken": f"again-{subnet.id}"}
    refused("InvalidIPAddress.InUse", cloud.ec2.create_network_interface, SubnetId=subnet.id, **asked)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=taken["NetworkInterfaceId"])
    cloud.until_gone(taken["NetworkInterfaceId"])
    assert cloud.interface(subnet, **asked)["PrivateIpAddress"] == taken["PrivateIpAddress"]


@behaviour(IDEMPOTENCY, api("RunInstances"))
def a_client_token_launches_once(cloud):
    """RunInstances with the same ClientToken answers the same instances, with the same interfaces."""
    subnet = cloud.subnet()
    asked = {"MinCount": 2, "MaxCount": 2, "SubnetId": subnet.id, "ClientToken": f"run-{subnet.id}"}
    first, again = ({instance["InstanceId"] for instance in cloud.run(**asked)} for _ in range(2))
    assert first == again and len(first) == 2 and len(cloud.found(subnet)) == 2, (first, again)


def dry(operation, sentence, prepare):
    @behaviour(api(operation), name=f"dry_run_of_{operation}", sentence=sentence)
    def tried(cloud):
        call, parameters, unchanged = prepare(cloud)
        refused("DryRunOperation", call, WORDS, status=412, DryRun=True, **parameters)
        assert unchanged(), f"{operation} was done, although only asked about"


def of_create(cloud):
    subnet = cloud.subnet()
    return cloud.ec2.create_network_interface, {"SubnetId": subnet.id}, lambda: not cloud.found(subnet)


def of_describe(cloud):
    return cloud.ec2.describe_network_interfaces, {}, lambda: True


def of_delete(cloud):
    interface = cloud.interface_id(cloud.subnet())
    return cloud.ec2.delete_network_interface, {"NetworkInterfaceId": interface}, lambda: cloud.described(interface)


def of_modify(cloud):
    interface = cloud.interface_id(cloud.subnet())
    asked = {"NetworkInterfaceId": interface, "Description": {"Value": "changed"}}
    return cloud.ec2.modify_network_interface_attribute, asked, lambda: cloud.described(interface)["Description"] == ""


def of_attach(cloud):
    subnet = cloud.subnet()
    interface, instance = cloud.interface_id(subnet), cloud.running(subnet)
    asked = {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": 1}
    return cloud.ec2.attach_network_interface, asked, lambda: "Attachment" not in cloud.described(interface)


def of_detach(cloud):
    subnet = cloud.subnet()
    interface = cloud.attached(cloud.interface_id(subnet), cloud.running(subnet))
    asked = {"AttachmentId": interface["Attachment"]["AttachmentId"]}
    return cloud.ec2.detach_network_interface, asked, lambda: cloud.described(interface["NetworkInterfaceId"])["Attachment"]["Status"] == "attached"


dry("CreateNetworkInterface", "A dry run of a creation is DryRunOperation with status 412, and makes nothing.", of_create)
dry("DescribeNetworkInterfaces", "A dry run of a description is DryRunOperation with status 412.", of_describe)
dry("DeleteNetworkInterface", "A dry run of a deletion is DryRunOperation with status 412, and deletes nothing.", of_delete)
dry("ModifyNetworkInterfaceAttribute", "A dry run of a change is DryRunOperation with status 412, and changes nothing.", of_modify)
dry("AttachNetworkInterface", "A dry run of an attachment is DryRunOperation with status 412, and attaches nothing.", of_attach)
dry("DetachNetworkInterface", "A dry run of a detachment is DryRunOperation with status 412, and detaches nothing.", of_detach)
