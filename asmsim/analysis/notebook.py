"""What a notebook shows of a result: the answer in a sentence and the small table, as HTML."""

from html import escape

from asmsim.analysis.answers import write_policy_answer, write_run_answer
from asmsim.analysis.key_figures import make_key_table
from asmsim.analysis.paired import Comparison
from asmsim.analysis.scorecard import show_scorecard, tabulate_scorecard
from asmsim.config.characters import show_controls
from asmsim.sweeps.replicates import Replicates


def to_html(done: Replicates | Comparison) -> str:
    """Return the answer and the small table of a run or a comparison, as notebooks show them."""
    if isinstance(done, Comparison):
        answers = [write_policy_answer(done, which) for which in range(1, len(done.runs))]
        header, rows = show_scorecard(tabulate_scorecard(done))
    else:
        answers = [write_run_answer(done)]
        header, rows = make_key_table(done)
    told = "".join(f"<p><b>{_safe(line)}</b></p>" for line in answers)
    head = "".join(f"<th>{_safe(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"{told}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _safe(text: str) -> str:
    return escape(show_controls(text))
