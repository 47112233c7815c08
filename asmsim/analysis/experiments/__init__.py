"""Standard experiments: a question with registered hypotheses is run, judged and rendered.

The package runs the sweeps of `experiments/ID/experiment.yaml` (`conduct`), has the experiment's own `find.py` make tables
and a `Finding` of data (`hypothesis`), saves both in `results/ID/`, and renders text, pages and figures from what is
saved (`render`).  Its three main names are `Experiment` (`experiment_plan`), `Finding` (`hypothesis`) and `render_result`
(`render`).  It may import `asmsim.analysis` and what lies below; only the command line imports it.
"""
