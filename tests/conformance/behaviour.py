"""The list: what a behaviour is, what it rests on, and the outcomes that are neither passed nor failed.

A behaviour is a function with @behaviour on it. It takes the Cloud and fails by raising. Its id is its module and its name, its
sentence is its docstring, and the sources are addresses of pages that say so: EC2's reference or guide, or, where EC2 documents
nothing, the code of a client that depends on it.
"""

from dataclasses import dataclass
from typing import Callable

BEHAVIOURS = []


@dataclass(frozen=True)
class Behaviour:
    id: str
    sentence: str
    sources: tuple
    function: Callable


class NotSupported(Exception):
    """The endpoint does not have what the behaviour is about or what it takes to prepare it."""


class Skipped(Exception):
    """The run was not given what the behaviour needs, such as a second account."""


def behaviour(*sources, name=None, sentence=None):
    """Lists a function. Tables of alike behaviours give each its name and its sentence."""

    def listed(function):
        module = function.__module__
        said = " ".join((sentence or function.__doc__).split())
        found = Behaviour(f"{module}.{name or function.__name__}", said, sources, function)
        assert sources and said.endswith("."), found
        assert all(found.id != other.id for other in BEHAVIOURS), found.id
        BEHAVIOURS.append(found)
        return function

    return listed


def api(page):
    """A page of the EC2 API reference: of an operation, or of a type."""
    return f"https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_{page}.html"


def guide(page):
    return f"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/{page}.html"


def vpc_guide(page):
    return f"https://docs.aws.amazon.com/vpc/latest/userguide/{page}.html"


ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
IDEMPOTENCY = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Run_Instance_Idempotency.html"
PAGES = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"
FILTERING = guide("Using_Filtering")
MULTI_VPC = "https://aws.amazon.com/about-aws/whats-new/2023/10/multi-vpc-eni-attachments/"

# Clients whose code takes a behaviour for granted.
CNI = "https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/awsutils/awsutils.go"
CILIUM = "https://github.com/cilium/cilium/blob/main/pkg/aws/eni/node.go"
CLOUD_PROVIDER = "https://github.com/kubernetes/cloud-provider-aws/blob/master/pkg/providers/v1/aws_routes.go"
TERRAFORM = "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_network_interface.go"
TERRAFORM_FIND = "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/find.go"
