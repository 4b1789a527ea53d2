"""Ansible's collection amazon.aws: a network is made, made again, which changes nothing, and taken down.

The playbooks are those of the folder `ansible`. That a second run changes nothing says that each module finds, in what is described,
all that it had asked for.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cloud import check

FOLDER = Path(__file__).with_name("ansible")


def play(cloud, playbook, **variables):
    """Runs a playbook; gives the tasks that changed something."""
    with tempfile.TemporaryDirectory() as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MULTIHOME_"))}
        environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
            "HOME": home,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DATA_PATH": cloud.patience(),
            "ANSIBLE_STDOUT_CALLBACK": "default",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "LC_ALL": "C.UTF-8",
        }
        variables["ansible_python_interpreter"] = sys.executable
        options = ["--inventory", "localhost,", "--connection", "local", "--extra-vars", json.dumps(variables)]
        done = subprocess.run(["ansible-playbook", *options, FOLDER / playbook], env=environment, capture_output=True, text=True, timeout=900)
    # The task that failed is the last one.
    assert done.returncode == 0, f"{playbook}: TASK [{done.stdout.rpartition('TASK [')[2][-6000:]}\n{done.stderr[-2000:]}"
    task, changed = None, []
    for line in done.stdout.splitlines():
        if line.startswith("TASK ["):
            task = line.split("[", 1)[1].rsplit("]", 1)[0]
        elif line.startswith("changed: ["):
            changed.append(task)
    [recap] = re.findall(r"changed=(\d+)", done.stdout)
    assert int(recap) == len(set(changed)), done.stdout
    return changed


@check
def a_network_is_made_once_and_taken_down_whole(cloud):
    try:
        made = play(cloud, "create.yml", describe=True)
        assert len(set(made)) >= 13, made
        again = play(cloud, "create.yml")
        assert again == [], f"changed by the second run: {again}"
    finally:
        gone = play(cloud, "delete.yml")
    assert len(set(gone)) >= 12, gone
    again = play(cloud, "delete.yml")
    assert again == [], f"changed by the second run: {again}"
    left = cloud.ec2.describe_tags(Filters=[{"Name": "value", "Values": ["playbook*"]}])["Tags"]
    assert {tag["ResourceType"] for tag in left} <= {"instance", "natgateway"}, f"only what EC2 shows for an hour is left: {left}"
