"""Outcomes of your own: see them with  asmsim --plugins NAME.py show outcomes NAME"""

from asmsim.extension import Agents, outcome


@outcome(unit="kg/month", label="NAME_LABEL", meaning="gold that is smuggled, for each official kilogram of the year")
def NAME(series):
    """From the model's monthly outcomes: arrays by name, `asmsim show outcomes` lists them."""
    return series["gold_smuggled"] / (1.0 + series["gold_official"])


@outcome(unit="USD", label="NAME_LABEL (debt)", meaning="debt of the tenth of miners who owe most", every_months=12)
def NAME_debt(agents: Agents):
    """From the agents, every so many months: a data frame for each kind, such as miners, bands, offices."""
    return agents.miners["debt"].quantile(0.9) or 0.0
