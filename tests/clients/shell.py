"""The AWS CLI in a shell: the lines that `multihome up` prints for people, and the whole job from a VPC to none."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cloud import check

# What a person without the `nats` command would miss: the two things the lines ask of it, with their quotes untouched.
NATS = f"""#!/bin/sh
exec {sys.executable} {Path(__file__).with_name("nats.py")} "$@"
"""


def printed(cloud):
    """The lines after `In another terminal:`, which are indented."""
    text = Path(cloud.said).read_text()
    assert "In another terminal:" in text, text
    lines = re.findall(r"^  (\S.*)$", text.split("In another terminal:", 1)[1], re.MULTILINE)
    assert any(line.startswith("aws ec2") or "aws ec2" in line for line in lines), lines
    return lines


def export(cloud):
    """The line with the credentials, leading to the witness."""
    line = next(line for line in printed(cloud) if line.startswith("export AWS_"))
    return re.sub(r"http://[0-9.:]+", cloud.endpoint, line)


def paste(cloud, lines):
    """Runs lines in one shell that stops at the first that fails; gives what each line printed."""
    with tempfile.TemporaryDirectory() as folder:
        stand_in = Path(folder, "nats")
        stand_in.write_text(NATS)
        stand_in.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MULTIHOME_"))}
        path = [str(Path(sys.executable).parent), str(Path(cloud.program).resolve().parent), kept["PATH"], folder]
        environment = {
            **kept,
            "PATH": ":".join(path),
            "HOME": folder,
            "AWS_PAGER": "",
            "AWS_DATA_PATH": cloud.patience(),
            "NATS_URL": cloud.nats,
            "MULTIHOME_STATE": cloud.state,
            "MULTIHOME_NATS": cloud.nats,
        }
        marked = "".join(f"{line}\nprintf '\\036'\n" for line in lines)
        done = subprocess.run(["bash", "-eu", "-c", marked], env=environment, capture_output=True, text=True, timeout=300, cwd=folder)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        return dict(zip(lines, (answer.strip() for answer in done.stdout.split("\036"))))


@check
def the_lines_that_up_prints_can_be_pasted_as_they_are(cloud):
    lines = [line for line in printed(cloud) if " sub " not in line]
    of = {word: line for line in lines for word in ["describe-network-interfaces", "detach-network-interface", "request", "explain"] if word in line}
    assert len(of) == 4, lines
    answers = paste(cloud, lines)
    assert answers[of["describe-network-interfaces"]].split() in (["in-use", "attaching"], ["in-use", "attached"]), answers
    assert '"attachment_id":"eni-attach-' in answers[of["request"]] and '"state":"attaching"' in answers[of["request"]], answers
    assert "history" in answers[of["explain"]] and "attaching" in answers[of["explain"]], answers


@check
def the_session_of_the_readme_works(cloud):
    text = Path(__file__).parents[2].joinpath("README.md").read_text()
    session = text.split("## A session", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0].replace("http://127.0.0.1:4566", cloud.endpoint)
    lines = [line for line in session.splitlines() if line and not line.startswith("#")]
    request = re.search(r"^nats request vpc\.request\.attach .*$", text, re.MULTILINE)
    assert request and any(line.startswith("aws ec2 detach-network-interface") for line in lines), lines
    answers = paste(cloud, [*lines, request.group()])
    [status] = [answer for line, answer in answers.items() if line.startswith("aws ec2 describe-network-interfaces")]
    assert status.split() in (["in-use", "attaching"], ["in-use", "attached"]), answers
    attachment = re.fullmatch(r'\{"attachment_id":"(eni-attach-[0-9a-f]+)","state":"attaching"\}', answers[request.group()])
    assert attachment, answers


@check
def a_cluster_that_never_attaches_is_explained(cloud):
    subnet = cloud.subnet()
    interface, instance = cloud.interface(subnet), cloud.running(subnet)
    try:
        paste(cloud, ["multihome simulate one --attach never"])
        cloud.attach(interface, instance)
        explain = f"multihome explain {interface}"

        def look():
            said = paste(cloud, [explain])[explain]
            return (said if "it ends by deadline in" in said else None), said

        said = cloud.until("the cluster is known to have the broadcast", look)
        assert re.search(r"^ +waits +cluster one ", said, re.MULTILINE) and re.search(r"^ +until +20", said, re.MULTILINE), said
        assert cloud.described(interface)["Attachment"]["Status"] == "attaching"
    finally:
        paste(cloud, ["multihome simulate one --reset"])
    cloud.until_attached(interface)


@check
def the_aws_command_does_the_whole_job(cloud):
    lines = [
        export(cloud),
        "VPC=$(aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId --output text)",
        "aws ec2 wait vpc-available --vpc-ids $VPC",
        "SUBNET=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.9.1.0/24 --availability-zone us-east-1a --query Subnet.SubnetId --output text)",
        "aws ec2 wait subnet-available --subnet-ids $SUBNET",
        "SG=$(aws ec2 create-security-group --group-name cli --description cli --vpc-id $VPC --query GroupId --output text)",
        "aws ec2 wait security-group-exists --group-ids $SG",
        "ENI=$(aws ec2 create-network-interface --subnet-id $SUBNET --groups $SG --tag-specifications"
        " 'ResourceType=network-interface,Tags=[{Key=Name,Value=from the shell}]' --query NetworkInterface.NetworkInterfaceId --output text)",
        "aws ec2 wait network-interface-available --network-interface-ids $ENI",
        "INSTANCE=$(aws ec2 run-instances --image-id ami-00000001 --instance-type m1.large --network-interfaces"
        " DeviceIndex=0,SubnetId=$SUBNET,Groups=$SG --query 'Instances[0].InstanceId' --output text)",
        "aws ec2 wait instance-running --instance-ids $INSTANCE",
        "ATTACHMENT=$(aws ec2 attach-network-interface --network-interface-id $ENI --instance-id $INSTANCE --device-index 1"
        " --query AttachmentId --output text)",
        "aws ec2 modify-network-interface-attribute --network-interface-id $ENI --attachment AttachmentId=$ATTACHMENT,DeleteOnTermination=true",
        "aws ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=$INSTANCE Name=tag:Name,Values='from*'"
        " --query 'NetworkInterfaces[].[Groups[0].GroupName,Attachment.DeleteOnTermination]' --output text",
        "aws ec2 describe-network-interfaces --page-size 5 --query 'length(NetworkInterfaces)' --output text",
        "aws ec2 terminate-instances --instance-ids $INSTANCE --query 'TerminatingInstances[0].CurrentState.Name' --output text",
        "aws ec2 wait instance-terminated --instance-ids $INSTANCE",
        'aws ec2 describe-network-interfaces --network-interface-ids $ENI 2>&1 | grep -c "InvalidNetworkInterfaceID.NotFound"',
    ]
    answers = list(paste(cloud, lines).values())
    assert answers[-5].split() == ["cli", "True"], answers
    assert sum(map(int, answers[-4].split())) >= 1, answers
    assert answers[-3] == "shutting-down" and answers[-1] == "1", answers


@check
def the_aws_command_turns_pages_and_asks_first(cloud):
    subnet = cloud.subnet()
    made = sorted(cloud.interface(subnet) for _ in range(12))
    listing = f"aws ec2 describe-network-interfaces --filters Name=subnet-id,Values={subnet} --query 'NetworkInterfaces[].NetworkInterfaceId' --output"
    lines = [
        export(cloud),
        f"{listing} text --page-size 5",
        f"{listing} text --max-items 7 --page-size 5 >items",
        # The token is the last line of a listing that was cut short.
        "TOKEN=$(aws ec2 describe-network-interfaces --max-items 7 --page-size 5 --output json"
        f" --filters Name=subnet-id,Values={subnet} | sed -n 's/.*\"NextToken\": \"\\(.*\\)\".*/\\1/p')",
        f"{listing} text --page-size 5 --starting-token $TOKEN >>items",
        "grep -v ^None items | cat",
        f"{listing} 'json' --no-paginate --max-results 5",
        "aws ec2 create-vpc --cidr-block 10.8.0.0/16 --dry-run 2>&1 | grep -c 'DryRunOperation.*Request would have succeeded'",
        f"aws ec2 delete-network-interface --network-interface-id {made[0]} --dry-run || echo status $?",
        f"{listing} text",
        "aws ec2 describe-network-interfaces --page-size 5 --network-interface-ids eni-0badcafe || echo status $?",
        "aws ec2 describe-subnets --filters Name=cidr-block,Values=10.0.1.0/24 --query"
        f" \"Subnets[?SubnetId=='{subnet}'].[AvailabilityZone,AvailableIpAddressCount]\" --output text",
    ]
    answers = list(paste(cloud, lines).values())
    assert sorted(answers[1].split()) == made, answers[1]
    assert sorted(answers[5].split()) == made, f"seven and then the rest: {answers[5]}"
    assert len(json.loads(answers[6])) == 5, answers[6]
    assert answers[7] == "1" and answers[8] == answers[10] == "status 255", answers
    assert sorted(answers[9].split()) == made, "a dry run deletes nothing"
    assert answers[11].split() == ["us-east-1a", "239"], answers[11]


@check
def the_aws_command_takes_down_what_it_made(cloud):
    def make(name, command, query, more=""):
        return f"{name}=$(aws ec2 {command} --query {query} --output text{more})"

    lines = [
        export(cloud),
        make("VPC", "create-vpc --cidr-block 10.7.0.0/16", "Vpc.VpcId"),
        "aws ec2 modify-vpc-attribute --vpc-id $VPC --enable-dns-hostnames",
        make("SUBNET", "create-subnet --vpc-id $VPC --cidr-block 10.7.1.0/24", "Subnet.SubnetId"),
        make("IGW", "create-internet-gateway", "InternetGateway.InternetGatewayId"),
        "aws ec2 wait internet-gateway-exists --internet-gateway-ids $IGW",
        "aws ec2 attach-internet-gateway --vpc-id $VPC --internet-gateway-id $IGW",
        make("TABLE", "create-route-table --vpc-id $VPC", "RouteTable.RouteTableId"),
        "aws ec2 create-route --route-table-id $TABLE --destination-cidr-block 0.0.0.0/0 --gateway-id $IGW --query Return",
        make("ASSOCIATION", "associate-route-table --route-table-id $TABLE --subnet-id $SUBNET", "AssociationId"),
        make("EIP", "allocate-address --domain vpc", "AllocationId"),
        make("NAT", "create-nat-gateway --subnet-id $SUBNET --allocation-id $EIP", "NatGateway.NatGatewayId"),
        "aws ec2 wait nat-gateway-available --nat-gateway-ids $NAT",
        make("SG", "create-security-group --group-name cli --description cli --vpc-id $VPC", "GroupId"),
        "aws ec2 authorize-security-group-ingress --group-id $SG --protocol tcp --port 443 --cidr 10.0.0.0/8 --query Return",
        make("ACL", "create-network-acl --vpc-id $VPC", "NetworkAcl.NetworkAclId"),
        "aws ec2 create-network-acl-entry --network-acl-id $ACL --ingress --rule-number 10 --protocol tcp --port-range From=22,To=22"
        " --cidr-block 0.0.0.0/0 --rule-action allow",
        make("ENI", "create-network-interface --subnet-id $SUBNET --groups $SG", "NetworkInterface.NetworkInterfaceId"),
        "aws ec2 assign-private-ip-addresses --network-interface-id $ENI --secondary-private-ip-address-count 2"
        " --query 'length(AssignedPrivateIpAddresses)'",
        # From here on, down. What is still held says so.
        "aws ec2 delete-vpc --vpc-id $VPC 2>&1 | grep -c DependencyViolation",
        "aws ec2 delete-network-interface --network-interface-id $ENI",
        "aws ec2 delete-nat-gateway --nat-gateway-id $NAT --query NatGatewayId",
        "aws ec2 wait nat-gateway-deleted --nat-gateway-ids $NAT",
        "aws ec2 release-address --allocation-id $EIP",
        "aws ec2 disassociate-route-table --association-id $ASSOCIATION",
        "aws ec2 delete-route-table --route-table-id $TABLE",
        "aws ec2 delete-network-acl --network-acl-id $ACL",
        "aws ec2 detach-internet-gateway --vpc-id $VPC --internet-gateway-id $IGW",
        "aws ec2 delete-internet-gateway --internet-gateway-id $IGW",
        "aws ec2 delete-subnet --subnet-id $SUBNET",
        "aws ec2 delete-security-group --group-id $SG --query Return",
        "aws ec2 delete-vpc --vpc-id $VPC",
        "aws ec2 describe-vpcs --vpc-ids $VPC 2>&1 | grep -c InvalidVpcID.NotFound",
    ]
    answers = paste(cloud, lines)
    assert list(answers.values())[-1] == "1", answers
    assert answers[lines[18]] == "2" and answers[lines[19]] == "1", answers


@check
def explain_and_broadcast_show_are_for_people(cloud):
    subnet = cloud.subnet()
    interface, instance = cloud.interface(subnet), cloud.running(subnet)
    attachment = cloud.attach(interface, instance)
    cloud.until_attached(interface)
    answers = list(paste(cloud, [f"multihome explain {interface}", "multihome broadcast show one 2>/dev/null"]).values())
    assert attachment in answers[0] and instance in answers[0] and "history" in answers[0], answers[0]
    assert f"<attachmentId>{attachment}</attachmentId>" in answers[1], "the broadcast of the cluster carries the attachment"
