"""Every filter that EC2 documents is known: botocore's model carries the documentation, and with it the list."""

import re
from pathlib import Path

from botocore import xform_name
from botocore.exceptions import ClientError

from cloud import check

# What an operation needs besides its filters.
NEEDED = {"GetSecurityGroupsForVpc": lambda cloud: {"VpcId": cloud.vpc()}}


def served():
    """The operations that the server lists."""
    text = Path(__file__).parents[2].joinpath("services/api/src/dispatch.rs").read_text()
    return re.findall(r"^\s+([A-Z][A-Za-z0-9]+) => ", text, re.MULTILINE)


def documented(model, operation):
    """The names that the documentation of an operation's filters lists; those with a part of the caller's own are tags."""
    shape = model.operation_model(operation).input_shape
    filters = shape and (shape.members.get("Filters") or shape.members.get("Filter"))
    if not filters or filters.type_name != "list":
        return []
    items = re.findall(r"<li>\s*<p>\s*<code>([^<]+)</code>", filters.documentation)
    names = [name.strip() for name in items]
    return [name for name in names if re.fullmatch(r"[A-Za-z0-9.\-]+", name) and name != "tag"]


@check
def every_filter_that_ec2_documents_is_known(cloud):
    ec2, unknown, tried = cloud.ec2, [], 0
    model = ec2.meta.service_model
    for operation in served():
        if operation not in model.operation_names:
            continue
        names = documented(model, operation)
        needed = NEEDED.get(operation, lambda _: {})(cloud) if names else {}
        for name in names:
            tried += 1
            member = "Filters" if "Filters" in model.operation_model(operation).input_shape.members else "Filter"
            try:
                getattr(ec2, xform_name(operation))(**needed, **{member: [{"Name": name, "Values": ["nothing-has-this"]}]})
            except ClientError as why:
                unknown.append(f"{operation} {name}: {why.response['Error']['Message']}")
    assert tried > 150, tried
    assert not unknown, "\n".join(unknown)
