"""What behaviours made, and how it is taken away again: as well as it can be, in the order of what hangs on what."""

import time

from botocore.exceptions import BotoCoreError, ClientError

ORDER = ["permission", "address", "instance", "route", "interface", "subnet", "table", "group", "gateway", "vpc"]


class Leftovers:
    def __init__(self, ec2, patience):
        self.ec2 = ec2
        self.patience = patience
        self.noted = []

    def note(self, kind, *which):
        assert kind in ORDER, kind
        self.noted.append((kind, which))

    def take_away(self):
        """Answers what could not be taken away, in the order of the attempts."""
        left, noted = [], self.noted
        self.noted = []
        for kind in ORDER:
            these = [which for found, which in reversed(noted) if found == kind]
            if kind == "instance" and these:
                self.terminate([instance for (instance,) in these])
            elif kind == "subnet":
                self.empty([subnet for (subnet,) in these])
            for which in these if kind != "instance" else []:
                if not self.attempt(getattr(self, f"_{kind}"), *which):
                    left.append(f"{kind} {which[0]}")
        return left

    def attempt(self, call, *arguments, **parameters):
        try:
            call(*arguments, **parameters)
            return True
        except ClientError as why:
            return "NotFound" in why.response["Error"]["Code"]
        except BotoCoreError:
            return False

    def terminate(self, instances):
        for instance in instances:
            self.attempt(self.ec2.terminate_instances, InstanceIds=[instance])
        deadline, pause = time.monotonic() + self.patience, 0.02
        while time.monotonic() < deadline and not self.are_over(instances):
            time.sleep(pause)
            pause = min(pause * 1.2, 2)

    def are_over(self, instances):
        try:
            found = self.ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": instances}])["Reservations"]
        except (ClientError, BotoCoreError):
            return True
        return all(instance["State"]["Name"] == "terminated" for reservation in found for instance in reservation["Instances"])

    def empty(self, subnets):
        """Interfaces that behaviours did not note, because a launch made them."""
        if not subnets:
            return
        try:
            found = self.ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": subnets}])["NetworkInterfaces"]
        except (ClientError, BotoCoreError):
            return
        for interface in found:
            self.attempt(self._interface, interface["NetworkInterfaceId"])

    def _interface(self, interface):
        self.ec2.delete_network_interface(NetworkInterfaceId=interface)

    def _permission(self, permission):
        self.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=permission, Force=True)

    def _address(self, allocation):
        for found in self.ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]:
            if "AssociationId" in found:
                self.attempt(self.ec2.disassociate_address, AssociationId=found["AssociationId"])
        self.ec2.release_address(AllocationId=allocation)

    def _route(self, table, destination):
        self.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=destination)

    def _subnet(self, subnet):
        self.ec2.delete_subnet(SubnetId=subnet)

    def _table(self, table):
        self.ec2.delete_route_table(RouteTableId=table)

    def _group(self, group):
        self.ec2.delete_security_group(GroupId=group)

    def _gateway(self, gateway, vpc):
        self.attempt(self.ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
        self.ec2.delete_internet_gateway(InternetGatewayId=gateway)

    def _vpc(self, vpc):
        self.ec2.delete_vpc(VpcId=vpc)
