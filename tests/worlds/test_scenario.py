"""Scenarios are data, and what cannot be made is refused with the reason."""

import pytest

from lapwing.worlds.scenario import ScenarioError, load_scenario, scenario_names


def test_the_promised_scenarios_are_there():
    assert {"calm", "plain", "tastes", "viral", "bursty", "evasive", "origin"} <= set(scenario_names())


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_says_what_it_is_and_has_a_null(name):
    scenario, null = load_scenario(name), load_scenario(f"{name}-null")
    assert scenario.about.endswith(".")
    assert scenario.hidden
    assert not null.hidden
    assert null.name == f"{name}-null"
    assert null.with_(hidden=True).cells == scenario.cells


def test_a_scenario_takes_over_what_it_does_not_say_from_the_one_it_is_like():
    assert load_scenario("bursty").communities == load_scenario("tastes").communities


def test_an_unknown_scenario_names_those_there_are():
    with pytest.raises(ScenarioError) as error:
        load_scenario("plane")
    assert str(error.value).startswith(
        "there is no scenario 'plane'; choose one of apart, bursty, calm, climbs, "
    )


def test_an_unknown_parameter_names_those_there_are():
    with pytest.raises(
        ScenarioError, match="scenario plain: colour is not a parameter; the parameters are about,"
    ):
        load_scenario("plain").with_(colour="red")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"excitation": 1.0},
            "excitation is 1.0, but it must be from 0 to less than 1, or activity explodes",
        ),
        ({"cells": 3000}, "cells is 3000, but at most half of the 46000 watched subjects"),
        (
            {"copy": (0.3, 0.1)},
            r"copy is \(0.3, 0.1\), but it must be from 0 to 1, and the least comes first",
        ),
        ({"size": 1}, r"size is \(1, 1\), but a cell has at least 2 members"),
        ({"contexts": 0}, "contexts is 0, but a world has either contexts or communities"),
        ({"turns": ("x3",)}, "turns is .*, but they must be among x8, x4,"),
        ({"days": 0}, "days is 0, but it must be more than 0"),
    ],
)
def test_what_cannot_be_made_is_refused_with_the_reason(change, message):
    with pytest.raises(ScenarioError, match=f"scenario plain: {message}"):
        load_scenario("plain").with_(**change)
