"""What prefect.yaml deploys can be deployed: its flows are there, and take the parameters that it gives them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools import validate

from blocks.logos import SITE
from deployments.pool import POOL, QUEUES

DEPLOYMENTS = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["name"])
def test_a_deployment_gives_its_flow_what_it_takes(deployment: dict[str, Any]) -> None:
    """As the server checks it when it is deployed, where a parameter may be left to be given later."""
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow)
    schema = parameter_schema(flow.fn).model_dump_for_openapi()
    validate(deployment.get("parameters", {}), schema, raise_on_error=True, ignore_required=True)


@pytest.mark.parametrize("entrypoint", sorted({each["entrypoint"] for each in DEPLOYMENTS}))
def test_every_field_of_a_form_has_help(entrypoint: str) -> None:
    """As the server hands it to the UI."""
    module, _, name = entrypoint.rpartition(".")
    fields = parameter_schema(getattr(import_module(module), name)).model_dump_for_openapi()["properties"]
    assert [field for field, shown in fields.items() if not shown.get("description")] == []


def test_names_are_given_once() -> None:
    """Two deployments of one flow under one name would be one."""
    names = [(each["entrypoint"], each["name"]) for each in DEPLOYMENTS]
    assert len(names) == len(set(names))


def test_runs_go_to_queues_that_bootstrap_makes() -> None:
    """A queue that deploying makes by the way would have no limit."""
    pools = {(each["work_pool"]["name"], each["work_pool"]["work_queue_name"]) for each in DEPLOYMENTS}
    assert pools == {(POOL, name) for name in QUEUES}


def test_the_demo_is_where_it_is_served() -> None:
    """By `make serve`, at a fixed address of this machine."""
    [demo] = [each for each in DEPLOYMENTS if each["name"] == "demo"]
    assert demo["parameters"]["source"] == f"{SITE}/feed.xml"
