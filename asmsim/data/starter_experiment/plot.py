"""Figures, from the saved tables alone."""

from asmsim.analysis.style import make_figure


def plot(tables):
    figure = make_figure(5, 3)
    axes = figure.subplots()
    axes.bar(["mean gain"], 100 * tables["gains"]["mean"].to_numpy()[-1:])
    axes.set(ylabel="share of gold sold officially,\npercentage points", title="What twelve buying centres add")
    return {"gain": figure}
